"""What both programs show: the shell of every page, sign-in, languages, texts and formats."""
