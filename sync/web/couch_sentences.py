"""What the administrator is told about CouchDB as the store, and what can be done."""

from collections.abc import Mapping

from flask_babel import lazy_gettext

SENTENCES: Mapping[str, object] = {
    "couch_unreachable": lazy_gettext("The database of the school does not answer."),
    "couch_credentials": lazy_gettext("CouchDB does not accept the user name and password."),
    "couch_credentials_file": lazy_gettext(
        "The file with the user name and password for CouchDB cannot be used."
    ),
    "couch_address": lazy_gettext("This is no address of a school's CouchDB."),
    "couch_address_secret": lazy_gettext(
        "The address of CouchDB carries a password, which others could read there."
    ),
    "not_couchdb": lazy_gettext("What answers at this address is not CouchDB."),
    "couch_too_old": lazy_gettext("CouchDB %(version)s is too old."),
    "couch_refused": lazy_gettext("CouchDB refused to keep what was written."),
    "couch_database_missing": lazy_gettext(
        "CouchDB does not have the school that this folder belongs to."
    ),
    "couch_not_ready": lazy_gettext("The school in CouchDB is not whole: its move was not ended."),
    "couch_set_back": lazy_gettext(
        "CouchDB holds an older state than this central has seen: a backup was restored there."
    ),
    "couch_holds_more": lazy_gettext(
        "CouchDB holds other data as well: documents %(documents)s, records %(records)s."
    ),
    "move_differs": lazy_gettext("What arrived in CouchDB differs from what was sent."),
    "another_school": lazy_gettext("This database of CouchDB belongs to another school."),
    "other_keys": lazy_gettext("The keys in this data folder are not those of the school."),
    "migrate_first": lazy_gettext("This folder holds a school, and CouchDB does not have it yet."),
    "lease_held": lazy_gettext("Another central, on %(host)s, writes to this CouchDB."),
    "lease_lost": lazy_gettext("Another central has taken over; this one writes nothing any more."),
    "diary_only": lazy_gettext("This central only shows the diary and cannot change the journal."),
    "diary_needs_couchdb": lazy_gettext("A central that only shows the diary needs CouchDB."),
    "store_is_couchdb": lazy_gettext("The store of this data folder is CouchDB."),
    "store_choice_unreadable": lazy_gettext(
        "The file store.json of the data folder cannot be read or written."
    ),
}

NEXT_STEPS: Mapping[str, object] = {
    "start_couchdb": lazy_gettext(
        "Try again later. For the administrator: does CouchDB run, and can it be reached?"
    ),
    "couch_credentials_how": lazy_gettext(
        "Set COUCHDB_USER and COUCHDB_PASSWORD, or name a file with user:password by"
        " --couchdb-credentials."
    ),
    "couch_address_how": lazy_gettext(
        "It looks like http://127.0.0.1:5984/school; the last part is the name of the database,"
        " small letters and digits."
    ),
    "update_couchdb": lazy_gettext("Install CouchDB 3 or newer."),
    "look_into_couchdb_log": lazy_gettext(
        "See the log of CouchDB: rights, limits, free disk space. Then try again."
    ),
    "restore_couchdb": lazy_gettext(
        "Restore both databases of CouchDB from a backup, or name the right address."
    ),
    "migrate_again": lazy_gettext(
        "On the computer that wrote last run: journal-central migrate-store --to couchdb."
    ),
    "choose_another_database": lazy_gettext("Name another database in the address."),
    "copy_the_keys": lazy_gettext(
        "Copy entry-keys.json and account-keys.json from the folder of the school's central."
    ),
    "migrate_store": lazy_gettext("Move it with journal-central migrate-store --to couchdb."),
    "migrate_store_back": lazy_gettext(
        "To keep the school in the file again: journal-central migrate-store --to sqlite."
    ),
    "see_writing_central": lazy_gettext(
        "Work with the central that writes, or stop it: another takes over within half a minute."
    ),
    "name_couchdb": lazy_gettext("Name it with --store couchdb --couchdb-url."),
}
