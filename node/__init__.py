"""The program on the classroom PC: the class journal, kept offline."""
