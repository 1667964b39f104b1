"""The quality report of a school and year: one content, written as HTML, PDF or a spreadsheet."""

from iopflow.report.building import build
from iopflow.report.content import Edition, Report
from iopflow.report.page import body, html
from iopflow.report.sheet import xlsx
from iopflow.report.typesetting import pdf

__all__ = ["Edition", "Report", "body", "build", "html", "pdf", "xlsx"]
