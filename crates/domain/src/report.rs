//! Why somebody is reported.

words!(
    ReportCategory {
        Spam = "spam",
        Legal = "legal",
        /// Of the instance's rules.
        Violation = "violation",
        Other = "other",
    }
);
