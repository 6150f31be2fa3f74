//! Progress of long steps, on standard error: a bar at a terminal, a log line elsewhere.

use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that appears with the first word of progress, so that a step with nothing to do shows nothing.
pub struct Bar {
    what: &'static str,
    of: &'static str,
    bar: OnceLock<ProgressBar>,
}

impl Bar {
    /// A bar for a step.
    pub fn new(what: &'static str) -> Self {
        Self::counting(what, "events")
    }

    /// A bar for a step that counts something else.
    pub fn counting(what: &'static str, of: &'static str) -> Self {
        Self {
            what,
            of,
            bar: OnceLock::new(),
        }
    }

    /// So far, of so much.
    pub fn at(&self, done: i64, of: i64) {
        let bar = self.bar.get_or_init(|| {
            tracing::info!(of, counting = self.of, "{}", self.what);
            let bar = ProgressBar::new(0).with_message(self.what);
            let style = ProgressStyle::with_template(&format!(
                "{{msg}} {{wide_bar}} {{human_pos}}/{{human_len}} {} {{per_sec}} {{eta}}",
                self.of
            ));
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        bar.set_length(u64::try_from(of).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
