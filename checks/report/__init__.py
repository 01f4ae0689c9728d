"""The report of a measurement: a page, a table, JSON, LaTeX and figures.

    report = Report(result, heads, command, data)
    write_whole(folder, report_files(report, "stem"))

The page is one file without scripts that asks nothing of a network. The same measurement gives the
same files, byte for byte, with the same versions of the libraries.
"""
