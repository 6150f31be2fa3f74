//! Why a plan command is refused.

use crate::invalid::Invalid;

/// The rule that refused a plan command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such plan.
    #[error("there is no such plan")]
    NotCreated,
    /// The id is taken by another plan.
    #[error("a plan with this id exists already")]
    AlreadyCreated,
    /// It is offered no more.
    #[error("the plan is archived: nobody can subscribe to it any more")]
    Archived,
}

impl PlanError {
    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotCreated => "PLAN_NOT_FOUND",
            Self::AlreadyCreated => "PLAN_EXISTS",
            Self::Archived => "PLAN_ARCHIVED",
        }
    }
}
