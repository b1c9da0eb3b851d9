//! Edges of suggestions.

use crate::accounts::model::Account;

graph::edges! {
    /// Whom an account does not want to be suggested.
    Dismissed = 166, "dismissed_suggestions": Account => Account, No, inverse DismissedBy, purge Unlink;
    /// Who does not want an account to be suggested; shown to nobody.
    DismissedBy = 167, "dismissed_by": Account => Account, No, inverse Dismissed, purge Unlink;
}
