//! The plan's decisions.

use time::Date;

use super::{Created, Plan, PlanCommand, PlanDetails, PlanError, PlanEvent};

type Decision = Result<Vec<PlanEvent>, PlanError>;

impl Plan {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: PlanCommand) -> Decision {
        let created = || self.created.as_ref().ok_or(PlanError::NotCreated);
        match command {
            PlanCommand::Create { details, on } => create(self.created.as_ref(), &details, on),
            PlanCommand::Update { details, on } => created()?.update(&details, on),
            PlanCommand::Archive { on } => Ok(if created()?.archived {
                vec![]
            } else {
                vec![PlanEvent::Archived { on }]
            }),
        }
    }

    /// What one can subscribe to now.
    ///
    /// # Errors
    /// [`PlanError::NotCreated`], or [`PlanError::Archived`].
    pub fn offered(&self) -> Result<&PlanDetails, PlanError> {
        let plan = self.created.as_ref().ok_or(PlanError::NotCreated)?;
        if plan.archived {
            return Err(PlanError::Archived);
        }
        Ok(&plan.details)
    }

    pub(crate) fn apply_event(&mut self, event: PlanEvent) {
        match (event, &mut self.created) {
            (PlanEvent::Created { details, on: _ }, created) => {
                *created = Some(Created {
                    first: details.clone(),
                    details,
                    archived: false,
                });
            }
            (PlanEvent::Updated { details, on: _ }, Some(plan)) => plan.details = details,
            (PlanEvent::Archived { on: _ }, Some(plan)) => plan.archived = true,
            (PlanEvent::Updated { .. } | PlanEvent::Archived { .. }, None) => {}
        }
    }
}

/// Creating it again as it was created stays quiet, whatever it offers since.
fn create(existing: Option<&Created>, details: &PlanDetails, on: Date) -> Decision {
    let details = details.checked()?;
    match existing {
        None => Ok(vec![PlanEvent::Created { details, on }]),
        Some(plan) if plan.first == details => Ok(vec![]),
        Some(_) => Err(PlanError::AlreadyCreated),
    }
}

impl Created {
    fn update(&self, details: &PlanDetails, on: Date) -> Decision {
        let details = details.checked()?;
        if self.archived {
            return Err(PlanError::Archived);
        }
        Ok(if details == self.details {
            vec![]
        } else {
            vec![PlanEvent::Updated { details, on }]
        })
    }
}
