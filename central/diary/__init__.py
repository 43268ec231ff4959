"""The diary: what a guardian reads about the own children, and nothing about anybody else."""
