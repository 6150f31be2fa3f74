//! Waiting between tries, so that those who collided do not collide again.

use std::time::Duration;

/// The longest single pause.
const LONGEST: Duration = Duration::from_millis(60);

/// Pauses before the next try. `lost` counts the tries already lost, from 1.
///
/// The pause is random between nothing and a ceiling that doubles with each lost try.
pub(crate) async fn pause(lost: u32) {
    let ceiling = Duration::from_millis(2 << lost.min(6)).min(LONGEST);
    let micros = u64::try_from(ceiling.as_micros()).unwrap_or(0);
    tokio::time::sleep(Duration::from_micros(rand::random_range(0..=micros))).await;
}
