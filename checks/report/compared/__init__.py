"""The report of a whole model: the question with its context beside the question alone.

report = Comparison(result, command, data)
write_whole(folder, comparison_files(report, "stem"))
"""
