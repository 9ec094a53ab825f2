//! bantin reads provincial news pages and feeds on a schedule, cleans and dates each article, and publishes every
//! story once in one feed. The house has floors; a room uses only rooms below its own floor.
//!
//! | floor | rooms |
//! | --- | --- |
//! | 7 | [`cli`]: one file a command |
//! | 6 | [`daemon`]: build, run until told to stop, reload, drain |
//! | 5 | [`schedule`]: who is read when; [`server`]: feeds and pages over HTTP; [`hub`]: subscribers told of changes; [`mirror`]: feeds as files; [`demo`]: two sample papers |
//! | 4 | [`harvest`]: one source, one pass; [`subscribe`]: feeds that tell; [`config`]: `feeds.toml`; [`edition`]: which articles a feed holds |
//! | 3 | [`fetch`]: HTTP in; [`store`]: what is kept; [`telemetry`], [`measure`], [`systemd`], [`shutdown`] |
//! | 2 | [`parse`]: bytes to drafts; [`clean`]: drafts to articles; [`dedupe`]: which story; [`publish`]: feeds as bytes; [`cadence`]: the next run; [`drift`]: changed templates |
//! | 1 | [`date`]: datelines; [`text`], [`address`]; [`places`]: provinces named in headlines |
//! | 0 | [`model`]: the nouns; [`clock`] |
//!
//! Floors 0 to 2 are pure: no network, no disk, no clock of their own; they take `now` as a value.

pub mod address;
pub mod cadence;
pub mod clean;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod date;
pub mod dedupe;
pub mod demo;
pub mod drift;
pub mod edition;
pub mod fetch;
pub mod harvest;
pub mod hub;
pub mod measure;
pub mod mirror;
pub mod model;
pub mod parse;
pub mod places;
pub mod publish;
pub mod schedule;
pub mod server;
pub mod shutdown;
pub mod store;
pub mod subscribe;
pub mod systemd;
pub mod telemetry;
pub mod text;
