"""The whole way: real programs, real pages, from the workbook to the diary."""
