"""Tables that people hand in, as text: any workbook or csv in, rows of cells out, parsed in a bounded child process."""
