//! The stage of the demonstration: an application with a clock of its own, which moves through the past day by day, so
//! that processes and the calendar do at each day what they would have done then.

use std::sync::Arc;

use anyhow::Context as _;
use cqrs_es::Aggregate;
use domain::numbering::Series;
use eventlog::{Actor, ExecuteError, Metadata};
use time::{Date, Duration};
use uuid::Uuid;

use super::id;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::process::provider::Sandbox;
use crate::process::{catch_up, schedule};

/// An application that lives in the past.
pub(super) struct Stage {
    pub(super) app: Arc<App>,
    clock: Clock,
    today: Date,
    /// Its read models; removed with it.
    _dir: TempDir,
}

/// Who acts.
#[derive(Clone, Copy)]
pub(super) enum Who {
    /// Sam Finch, of the merchant's people.
    Staff,
    /// A contact, by name.
    Contact(&'static str),
}

/// A directory that is removed with the value.
struct TempDir(std::path::PathBuf);

impl Drop for TempDir {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "the demonstration's read models stay");
        }
    }
}

impl Stage {
    /// The stage as it was `days` ago; `today` is where the story ends.
    pub(super) async fn set(config: &Config, today: Date, days: i64) -> anyhow::Result<Self> {
        let dir = TempDir(
            config
                .data_dir
                .join(format!("demo-{}", Uuid::now_v7().simple())),
        );
        let config = Config {
            data_dir: dir.0.clone(),
            ..config.clone()
        };
        let clock = Clock::manual(noon(today.saturating_sub(Duration::days(days))));
        let app = App::open_with(config, Box::new(Sandbox), clock.clone()).await?;
        Ok(Self {
            app,
            clock,
            today,
            _dir: dir,
        })
    }

    /// Goes on, day by day, to `days` ago.
    pub(super) async fn go_on_to(&self, days: i64) -> anyhow::Result<()> {
        let goal = self.today.saturating_sub(Duration::days(days));
        let mut day = self.clock.now().date();
        anyhow::ensure!(day <= goal, "the story goes back to {days} days ago");
        self.live(day).await?;
        while day < goal {
            day = day.saturating_add(Duration::DAY);
            self.live(day).await?;
        }
        Ok(())
    }

    /// What processes and the calendar do on a day.
    async fn live(&self, day: Date) -> anyhow::Result<()> {
        self.clock.set(noon(day));
        self.catch_up().await?;
        schedule::run_due(&self.app).await?;
        self.catch_up().await
    }

    /// Processes react to everything, and the read models show it: jobs of the calendar look there.
    async fn catch_up(&self) -> anyhow::Result<()> {
        catch_up(&self.app).await?;
        let head = self.app.log.head().await?;
        while self.app.reads.position() < head {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Closes the stage.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.live(self.today).await?;
        self.app.close().await;
        Ok(())
    }

    /// Today's date on the stage.
    pub(super) fn on(&self) -> Date {
        self.app.today()
    }

    /// So many days after today's date on the stage.
    pub(super) fn ahead(&self, days: i64) -> Date {
        self.on().saturating_add(Duration::days(days))
    }

    /// Metadata of a step of the story.
    pub(super) fn meta(step: &str, who: Who) -> Metadata {
        let (name, role) = match who {
            Who::Staff => ("Sam Finch", "staff"),
            Who::Contact(name) => (name, "customer_contact"),
        };
        let actor = Actor {
            id: id(name).to_string(),
            name: name.to_owned(),
            role: role.to_owned(),
            on_behalf_of: None,
        };
        Metadata::new(id(&format!("step/{step}")), actor)
    }

    /// Sends a command; `step` is its place in the story, and its id.
    pub(super) async fn tell<A>(
        &self,
        step: &str,
        who: Who,
        subject: Uuid,
        command: A::Command,
    ) -> anyhow::Result<()>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
        ExecuteError<A::Error>: std::error::Error + Send + Sync + 'static,
    {
        let meta = Self::meta(step, who);
        let told = self.app.log.execute::<A>(subject, command, &meta).await;
        told.map(|_| ())
            .with_context(|| format!("demo step {step}"))
    }

    /// Sends a command that takes the next number of a series.
    pub(super) async fn tell_numbered<A>(
        &self,
        step: &str,
        who: Who,
        subject: Uuid,
        series: Series,
        make: impl Fn(String) -> A::Command + Send + Sync,
    ) -> anyhow::Result<()>
    where
        A: Aggregate<Services = ()>,
        ExecuteError<A::Error>: std::error::Error + Send + Sync + 'static,
    {
        let numbers = self.app.numbers(series, self.on());
        let make = |_: &A, _: u64, number: u64| Ok(make(numbers.text(number)));
        let meta = Self::meta(step, who);
        let log = &self.app.log;
        let told = log.execute_numbered::<A, _>(subject, &numbers.name, &meta, make);
        told.await
            .map(|_| ())
            .with_context(|| format!("demo step {step}"))
    }
}

/// Noon in UTC is the same day nearly everywhere.
fn noon(day: Date) -> time::OffsetDateTime {
    day.with_time(time::Time::MIDNIGHT).assume_utc() + Duration::hours(12)
}
