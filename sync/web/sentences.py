"""The sentences of ``messages``, by code and by hint; English here, Russian in the catalogue.

School words, short, polite; what happened, never how the program works inside. ``%(name)s`` is a
fact of the error; a percent sign of its own cannot be used.
"""

from flask_babel import lazy_gettext

from sync.web import couch_sentences

SENTENCES: dict[str, object] = {
    **couch_sentences.SENTENCES,
    # The product as a whole.
    "journal_error": lazy_gettext("This did not work."),
    "http_error": lazy_gettext("This did not work."),
    "no_answer": lazy_gettext("The program does not answer."),
    # What a person entered.
    "entry_refused": lazy_gettext("This cannot be saved as it is."),
    "schema": lazy_gettext("A value of this kind cannot be saved."),
    "too_large": lazy_gettext("This is too large to be saved."),
    "text_too_long": lazy_gettext("The text has %(length)s characters; %(limit)s are possible."),
    "mark_not_understood": lazy_gettext("“%(typed)s” is not a mark."),
    "mark_outside_scale": lazy_gettext("The mark %(value)s is not used here."),
    "weight_outside_range": lazy_gettext(
        "The weight must be a whole number from %(low)s to %(high)s."
    ),
    "absence_not_understood": lazy_gettext("“%(typed)s” is not an absence letter of this school."),
    "late_minutes_outside_range": lazy_gettext("The minutes of being late do not fit."),
    "name_not_understood": lazy_gettext("A full name needs a last name and a first name."),
    "years_not_understood": lazy_gettext("“%(typed)s” is not a list of years of study."),
    "column_has_marks": lazy_gettext("There are marks in this column."),
    "unknown_column": lazy_gettext("This column is no longer in the journal."),
    "left_this_computer": lazy_gettext("This lesson is no longer kept on this computer."),
    "unknown_plan_topic": lazy_gettext("This topic is no longer in the plan."),
    "not_your_choice": lazy_gettext("These values were not all written by you."),
    "nothing_to_withdraw": lazy_gettext("There is nothing here that could be taken back."),
    "markless": lazy_gettext("This class is taught without marks."),
    "changed_meanwhile": lazy_gettext("This cell has been changed meanwhile."),
    "revision_conflict": lazy_gettext("This has been changed meanwhile."),
    "record_conflict": lazy_gettext("This has been changed meanwhile."),
    # Deciding at the server.
    "kept_apart": lazy_gettext(
        "Another version was chosen; the history of both does not fit into one record."
    ),
    "settled_meanwhile": lazy_gettext("This has been settled meanwhile."),
    "keep_both_impossible": lazy_gettext("Both marks cannot be kept here."),
    "nothing_to_decide": lazy_gettext("There is nothing to decide here any more."),
    "reason_needed": lazy_gettext("A reason is needed."),
    "reason_of_suggestion": lazy_gettext(
        "The reason is that of the suggestion, but something else was chosen."
    ),
    "choice_needed": lazy_gettext("Nothing was chosen."),
    "nothing_chosen": lazy_gettext("No line was chosen."),
    "nothing_changed": lazy_gettext("Nothing was changed."),
    "author_first": lazy_gettext("The author is asked first, for three days."),
    "number_outside_range": lazy_gettext("The number must be from %(low)s to %(high)s."),
    "after_rejection": lazy_gettext("It goes on from an entry that was rejected."),
    "withdrawn": lazy_gettext("The author took it back before it was decided."),
    # The calendar and the timetable.
    "calendar_refused": lazy_gettext("The school year contradicts itself."),
    "unknown_timezone": lazy_gettext("The time zone “%(timezone)s” is unknown."),
    "school_week_outside_range": lazy_gettext("A school week has five, six or seven days."),
    "year_ends_before_start": lazy_gettext("The school year ends before it begins."),
    "year_too_long": lazy_gettext("The school year is too long."),
    "term_ends_before_start": lazy_gettext("The term “%(label)s” ends before it begins."),
    "term_outside_year": lazy_gettext("The term “%(label)s” does not lie within the school year."),
    "terms_overlap": lazy_gettext("The terms “%(label)s” and “%(other)s” overlap."),
    "term_id_twice": lazy_gettext("The term “%(label)s” is there twice."),
    "holiday_ends_before_start": lazy_gettext("The holidays “%(label)s” end before they begin."),
    "bells_refused": lazy_gettext("The bell of lesson %(number)s, shift %(shift)s, cannot be so."),
    "slot_refused": lazy_gettext("Lesson %(number)s on weekday %(weekday)s cannot be so."),
    # Rights; also the reasons for which an entry is put aside at the server.
    "not_permitted": lazy_gettext("You have no right to do this."),
    "not_yourself": lazy_gettext("This can be done for oneself only."),
    "not_your_entry": lazy_gettext("This entry is not yours."),
    "not_your_child": lazy_gettext("This is not your child."),
    "not_your_class": lazy_gettext("This is not your class."),
    "role_may_not": lazy_gettext("Your account has no right to do this."),
    "page_not_permitted": lazy_gettext("This page is not for your account."),
    "author_unknown": lazy_gettext("The author is not among the teachers of the school now."),
    "maker_revoked": lazy_gettext(
        "The computer on which this was written had been revoked before it arrived."
    ),
    "not_your_lesson": lazy_gettext(
        "This lesson is not yours: there is neither an assignment nor a substitution on this date."
    ),
    "not_in_group": lazy_gettext("The student does not belong to this group on this date."),
    "reason_not_yours": lazy_gettext("The reason of an absence is stated by the class teacher."),
    "outside_school_year": lazy_gettext("The date does not lie within the school year."),
    "lesson_in_future": lazy_gettext("This lesson has not been yet."),
    "unknown_field": lazy_gettext("The server does not know this kind of entry yet."),
    "newer_schema": lazy_gettext("The entry was made by a newer version of the program."),
    "term_locked": lazy_gettext("The term is closed."),
    "central_only": lazy_gettext("This is changed at the server only."),
    "quarantine_full": lazy_gettext("Too many entries of this computer wait for a decision."),
    # Signing in.
    "sign_in_refused": lazy_gettext("The login or the password is not right."),
    "sign_in_needed": lazy_gettext("You are not signed in, or the sign-in has ended."),
    "session_locked": lazy_gettext("The screen is locked."),
    "new_password_needed": lazy_gettext("Choose your own password first."),
    "account_blocked": lazy_gettext("This account has been closed."),
    "account_unknown": lazy_gettext("There is no such account."),
    "login_refused": lazy_gettext("This cannot be a login."),
    "login_not_understood": lazy_gettext(
        "A login has 2 to 64 letters, digits and the signs . _ - + @"
    ),
    "login_taken": lazy_gettext("Somebody else has this login."),
    "weak_password": lazy_gettext("This password is easy to guess."),
    "password_too_short": lazy_gettext("The password is shorter than %(length)s characters."),
    "password_too_long": lazy_gettext("The password is longer than %(length)s characters."),
    "password_unchanged": lazy_gettext("The new password is the same as the present one."),
    "passwords_differ": lazy_gettext("The new password was not typed the same way twice."),
    "password_changed_elsewhere": lazy_gettext(
        "The password has been changed in another place meanwhile."
    ),
    "request_from_elsewhere": lazy_gettext("The request came from another site or program."),
    "page_too_old": lazy_gettext("The page has been open for too long."),
    # Files and imports.
    "workbook_refused": lazy_gettext("The file cannot be read as a workbook."),
    "workbook_not_xlsx": lazy_gettext("The file is not a workbook of the kind .xlsx."),
    "workbook_unreadable": lazy_gettext("The file cannot be opened."),
    "workbook_empty": lazy_gettext("The file is empty."),
    "workbook_too_large": lazy_gettext("The file is larger than %(megabytes)s MB."),
    "workbook_encrypted": lazy_gettext("The file is protected with a password."),
    "workbook_old_format": lazy_gettext("The file is of the old kind .xls."),
    "workbook_damaged": lazy_gettext("The file is damaged."),
    "workbook_unpacks_too_large": lazy_gettext("The file unpacks to too much data."),
    "workbook_reader_unsafe": lazy_gettext("The reader of workbooks is not installed completely."),
    "sheet_too_long": lazy_gettext("The sheet “%(sheet)s” has more than %(rows)s rows."),
    "sheet_too_wide": lazy_gettext("The sheet “%(sheet)s” has more than %(columns)s columns."),
    "import_refused": lazy_gettext("Nothing was imported: some rows cannot be used."),
    "from_outside_year": lazy_gettext(
        "The date does not lie within the school year, %(starts)s to %(ends)s."
    ),
    "answer_not_understood": lazy_gettext("Line %(line)s of the answers is not understood."),
    "answers_unreadable": lazy_gettext("The file with the answers cannot be read."),
    "file_exists": lazy_gettext("There is a file of this name already."),
    "file_not_written": lazy_gettext("The file cannot be written."),
    "no_such_lesson": lazy_gettext("There is no lesson %(number)s of this group on %(date)s."),
    "no_such_group": lazy_gettext("There is no such group, or more than one."),
    "no_such_class": lazy_gettext("There is no class “%(typed)s”."),
    "no_such_teacher": lazy_gettext("There is no such person on the staff, or more than one."),
    "not_a_teacher": lazy_gettext("This person keeps no lessons."),
    "enrolment_refused": lazy_gettext("The code was not accepted."),
    "node_unknown": lazy_gettext("There is no such node."),
    "enrolment_too_often": lazy_gettext("Too many codes were tried."),
    "former_not_proven": lazy_gettext("The server does not know this data folder."),
    "another_journal": lazy_gettext("This data folder has the journal of another server."),
    "same_database": lazy_gettext("This is not the id of another journal."),
    "machine_changed": lazy_gettext(
        "This journal comes from another computer: all is kept here, nothing is sent until it is"
        " connected anew."
    ),
    "code_used": lazy_gettext("This code has been used already."),
    "code_expired": lazy_gettext("This code has expired."),
    "code_unknown": lazy_gettext("This code is not known."),
    "enrolment_needs_encryption": lazy_gettext(
        "Enrolment without encryption is possible on the server itself only."
    ),
    # The store.
    "store_unavailable": lazy_gettext("The data cannot be reached now; nothing was saved."),
    "store_locked": lazy_gettext("The data is in use by another program now; nothing was saved."),
    "store_closed": lazy_gettext("The program is stopping; nothing was saved."),
    "store_not_opened": lazy_gettext("The data folder cannot be used."),
    "store_read_only": lazy_gettext("The data folder may not be written to; nothing was saved."),
    "store_failed": lazy_gettext("The store of data has failed; nothing was saved."),
    "disk_full": lazy_gettext("The disk is full; nothing was saved."),
    "disk_failed": lazy_gettext("The disk does not answer as it should; nothing was saved."),
    "store_damaged": lazy_gettext("The file with the data is damaged."),
    "store_newer": lazy_gettext("The data was written by a newer version of the program."),
    "identity_damaged": lazy_gettext("The identity of this computer is damaged."),
    "database_missing": lazy_gettext("The journal is missing from this data folder."),
    "keys_missing": lazy_gettext("The keys of this data folder are missing or damaged."),
    "already_initialised": lazy_gettext("This data folder has been set up already."),
    "not_initialised": lazy_gettext("This data folder has not been set up."),
    "sqlite_too_old": lazy_gettext("The installed database %(version)s is too old to be safe."),
    "backup_failed": lazy_gettext("The backup could not be written."),
    "backup_not_good": lazy_gettext("The backup does not hold what it should; it was not kept."),
    "backup_unreadable": lazy_gettext("This backup cannot be read."),
    "not_a_journal": lazy_gettext("This file is no backup of the journal."),
    "data_folder_busy": lazy_gettext("Another program is working with this data folder."),
    "command_not_finished": lazy_gettext(
        "The program that works with this data folder has not finished the command."
    ),
    "address_in_use": lazy_gettext(
        "Nothing can be served on %(host)s, port %(port)s: another program uses it, or it is not "
        "an address of this computer."
    ),
    "demonstration_folder": lazy_gettext("This is the data folder of a demonstration."),
    # The other side.
    "peer_unreachable": lazy_gettext("The server does not answer."),
    "not_a_central": lazy_gettext("There is no server of the journal at this address."),
    "address_not_understood": lazy_gettext("The address of the server was not understood."),
    "peer_certificate": lazy_gettext("The answer did not come from the server of this school."),
    "peer_page": lazy_gettext("Not the server answered, but something on the way to it."),
    "peer_busy": lazy_gettext("The server is busy now."),
    "peer_timeout": lazy_gettext("The server does not answer in time."),
    "peer_refused": lazy_gettext("The server refused the request."),
    "credentials_refused": lazy_gettext("The server does not know this computer any more."),
    "not_enrolled": lazy_gettext("This computer is not connected to the school yet."),
    "sync_failed": lazy_gettext("The sync has broken off because of a fault in the program."),
    "central_unknown": lazy_gettext("Another server answers at this address."),
    "request_too_large": lazy_gettext("The server takes no message of this size."),
    "protocol_violation": lazy_gettext("The answer of the other side was not understood."),
    "bad_document_id": lazy_gettext("The address of an entry is not right."),
    "bad_revision": lazy_gettext("The version of an entry is not right."),
    "bad_sequence": lazy_gettext("The position in the list of changes is not right."),
    "feed_stands_still": lazy_gettext("The list of changes does not go on."),
    "malformed_entry": lazy_gettext("An entry is damaged."),
    "malformed_document": lazy_gettext("A document is damaged."),
    "brief_form": lazy_gettext("The parts of a message do not fit together."),
    "document_too_large": lazy_gettext("This is too large for the server."),
    "attachments_not_kept": lazy_gettext("Attached files are not kept."),
    "value_without_entry": lazy_gettext("A value was changed without an entry about it."),
    "entries_missing": lazy_gettext("Earlier entries are missing."),
    "tombstone": lazy_gettext("An entry cannot be deleted, only withdrawn."),
    "entries_changed": lazy_gettext("Earlier entries were altered."),
    "unknown_maker": lazy_gettext("The entry comes from a computer that the server does not know."),
    "bad_mac": lazy_gettext("The entry carries a seal that is not right."),
    "malformed_json": lazy_gettext("The data sent is damaged."),
    "bundle_not_genuine": lazy_gettext(
        "The list of accounts was not signed by the server of this school."
    ),
    "bundle_older": lazy_gettext("The list of accounts is older than the one here."),
    "bundle_malformed": lazy_gettext("The list of accounts is damaged."),
    "seal_broken": lazy_gettext("A sealed message does not open."),
}

NEXT_STEPS: dict[str, object] = {
    **couch_sentences.NEXT_STEPS,
    "tell_administrator": lazy_gettext("Please tell the administrator of the journal."),
    "correct_and_repeat": lazy_gettext("Correct it and save again."),
    "use_allowed_marks": lazy_gettext("Possible here: %(allowed)s"),
    "use_allowed_letters": lazy_gettext("Possible here: %(allowed)s"),
    "use_absent_letter": lazy_gettext(
        "Enter %(letter)s; the reason is stated by the class teacher."
    ),
    "use_number_in_range": lazy_gettext("Enter another number."),
    "give_last_and_first_name": lazy_gettext(
        "Write last name, first name and, if there is one, patronymic."
    ),
    "write_years_as_range": lazy_gettext("Write years of study like 1-4 or 5, 7, 9."),
    "correct_calendar": lazy_gettext("Correct the dates of the school year."),
    "correct_bells": lazy_gettext("Correct the bells."),
    "correct_timetable": lazy_gettext("Correct the timetable."),
    "wait_for_author": lazy_gettext("Wait for the author, or decide after three days."),
    "give_reason": lazy_gettext("Write in a few words why."),
    "choose_version": lazy_gettext("Choose a version or enter another value."),
    "choose_rule": lazy_gettext("Choose whose values are to stand."),
    "choose_lines": lazy_gettext("Tick the lines that are meant."),
    "choose_verdict": lazy_gettext("Choose “Accept” or “Reject”."),
    "change_something": lazy_gettext("Change a value, or leave the entry as it is."),
    "ask_deputy_head": lazy_gettext("If you need it for your work, ask the deputy head."),
    "reload_and_repeat": lazy_gettext("Look at the present state and repeat the step."),
    "look_and_repeat": lazy_gettext("Look at the present state and repeat the step."),
    "open_on_other_computer": lazy_gettext(
        "Open it in the room where the class is taught now. What was written here is still sent:"
        " see “Server”."
    ),
    "take_marks_back_first": lazy_gettext("Take the marks back first."),
    "use_comment": lazy_gettext("Write a comment instead."),
    "check_login_and_password": lazy_gettext(
        "Check the keyboard layout and Caps Lock and try again."
    ),
    "wait_and_repeat": lazy_gettext(
        "Wait, then try again. If the password is lost, ask the school for a new one."
    ),
    "sign_in_again": lazy_gettext("Sign in again."),
    "choose_another_login": lazy_gettext("Choose another login."),
    "choose_longer_password": lazy_gettext(
        "Take a phrase of three or four words that do not belong together."
    ),
    "choose_shorter_password": lazy_gettext("Choose a shorter password."),
    "choose_another_password": lazy_gettext("Choose another password."),
    "type_password_twice": lazy_gettext("Type the new password twice."),
    "open_page_again": lazy_gettext("Open the page again and repeat the step."),
    "check_file": lazy_gettext("Save the workbook as .xlsx once more and choose it again."),
    "check_file_name": lazy_gettext("Check the name and the place of the file."),
    "correct_rows_and_repeat": lazy_gettext("Correct the rows that are listed and repeat."),
    "choose_another_date": lazy_gettext("Choose another date."),
    "correct_answers": lazy_gettext("Write yes or no behind each question and repeat."),
    "ask_for_new_code": lazy_gettext("Ask the administrator for a new code."),
    "choose_another_file": lazy_gettext("Choose another name for the file."),
    "check_lesson": lazy_gettext("Look at the timetable of that day."),
    "check_group": lazy_gettext("Name class, subject and part of the class exactly."),
    "check_class": lazy_gettext("Look at the list of classes."),
    "give_full_name": lazy_gettext("Write the full name."),
    "choose_another_teacher": lazy_gettext("Choose another teacher."),
    "check_address": lazy_gettext("Check the address of the server."),
    "adopt_first": lazy_gettext(
        "If the school's server was set up anew, its administrator has to say so first:"
        " journal-central adopt."
    ),
    "check_database_id": lazy_gettext(
        "Take the id that the classroom PC shows: journal-node status."
    ),
    "check_node": lazy_gettext("Check the id of the node."),
    "enrol_on_server": lazy_gettext(
        "Enrol on the server itself, or wait until the server offers encryption."
    ),
    "try_again": lazy_gettext("Try again in a moment."),
    "restart_program": lazy_gettext("Start the program again."),
    "free_disk_space": lazy_gettext("Free some space on the disk and try again."),
    "check_disk": lazy_gettext("Have the disk checked, and make a backup at once."),
    "check_folder_rights": lazy_gettext("Check the rights to the folder and the free space."),
    "use_local_disk": lazy_gettext("Use a folder on a disk of this computer."),
    "make_backup_again": lazy_gettext("Have the disk checked, and make the backup again."),
    "check_backup_file": lazy_gettext("Check the file, or take an earlier backup."),
    "restore_backup": lazy_gettext("Restore the data from a backup."),
    "install_again": lazy_gettext("Install the program again."),
    "update_program": lazy_gettext("Update the program."),
    "stop_other_process": lazy_gettext("Stop the other program or choose another folder."),
    "see_what_was_done": lazy_gettext(
        "Look whether it was done, then repeat it; the log of the program may say why."
    ),
    "choose_another_port": lazy_gettext("Stop the other program or choose another port."),
    "use_another_folder": lazy_gettext("Choose another data folder."),
    "initialise_folder": lazy_gettext("Set the folder up first, or name another one."),
    "work_on_sync_later": lazy_gettext(
        "You can work on: everything is kept here and will be sent later."
    ),
    "enrol_node": lazy_gettext("Connect it with “journal-node enrol” and a code of the server."),
    "enrol_node_again": lazy_gettext("The administrator has to enrol this computer again."),
}
