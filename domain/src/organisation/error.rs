//! Why an organisation command is refused.

use crate::invalid::Invalid;

/// The rule that refused an organisation command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrganisationError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is none yet.
    #[error("the organisation is not registered")]
    NotRegistered,
    /// There is one already.
    #[error("the organisation is registered already")]
    AlreadyRegistered,
}

impl OrganisationError {
    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotRegistered => "ORGANISATION_NOT_REGISTERED",
            Self::AlreadyRegistered => "ORGANISATION_ALREADY_REGISTERED",
        }
    }
}
