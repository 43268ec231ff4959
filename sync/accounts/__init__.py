"""Who may sign in and how it is checked, on central and offline on a node; knows no web."""
