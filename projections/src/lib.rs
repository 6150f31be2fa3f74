//! projections
mod viewer;
pub use viewer::{Reach, Role, Viewer};
