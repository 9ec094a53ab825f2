//! Datelines and instants: what a Vietnamese page prints as its time, and how bantin prints one.
//!
//! [`Reader`] turns one text into an instant; [`weigh`] turns all candidates of a page into a
//! [`Published`](crate::model::Published) with its evidence; [`write`](mod@write) goes the other way.

mod calendar;
mod evidence;
mod habit;
mod machine;
mod reader;
mod relative;
mod scan;
mod words;
pub mod write;

pub use evidence::{reweigh, weigh};
pub use habit::{MONTH_MINUTES_MIN, PROOFS_MIN, observe, prints_month_for_minutes, states_local_as_utc};
pub use reader::{Dateline, Reader};

/// The first year that can be the publication year of a web page; the Web opened in 1991.
pub const YEAR_MIN: i32 = 1990;

/// How far a stated time may lie after the moment of fetching: clocks of servers differ by minutes, not by hours.
pub const AHEAD_MAX: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// Why a text gives no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// The text holds no date.
    #[error("no date in this text")]
    NoDate,
    /// The numbers name no day or time of the calendar, such as 31/02.
    #[error("no such day or time: {0}")]
    Impossible(String),
    /// The year is missing or has two digits; years are never guessed.
    #[error("the year is not stated")]
    NoYear,
    /// The date lies before 1990.
    #[error("the year {0} is before the Web")]
    TooEarly(i32),
    /// The date lies after the moment of fetching.
    #[error("{0} lies in the future")]
    Future(String),
    /// The words around the date are a sentence, not a dateline.
    #[error("a date inside running text")]
    RunningText,
    /// Beside the date stand words of a page's head or foot: a telephone, a licence.
    #[error("a date beside a telephone, an address or a licence")]
    Furniture,
    /// The text counts from the moment of fetching (`3 giờ trước`), and that moment is not known.
    #[error("counted from a moment that is not known")]
    NoReference,
}
