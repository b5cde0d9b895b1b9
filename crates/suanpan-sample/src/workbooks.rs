//! Workbooks of the sample county.
