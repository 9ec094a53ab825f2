//! What users see, end to end: real pages over loopback HTTP, a real store, the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod access;
mod addresses;
mod binary;
mod catalogue;
mod cleaning;
mod configuration;
mod copies;
mod corners;
mod crontabs;
mod datelines;
mod drift;
mod encodings;
mod extraction;
mod families;
mod feeds;
mod floors;
mod guard;
mod harness;
mod limits;
mod listings;
mod http;
mod merging;
mod month;
mod moving;
mod places;
mod probe;
mod mirror;
mod reading;
mod readme;
mod robots;
mod sample;
mod schedule;
mod scripts;
mod store;
mod stories;
mod walls;
mod websub_in;
mod validity;
mod websub;
mod window;
