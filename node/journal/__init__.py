"""The teacher's pages: today, the lesson, the journal sheet."""
