//! Transactions one after the other, for what is too much for one.

use super::SledStore;
use super::transaction::Transaction;
use crate::store::StoreError;

pub(super) struct Filling<'a> {
    store: &'a SledStore,
    tx: Transaction<'a>,
    steps: usize,
    steps_max: usize,
}

impl<'a> Filling<'a> {
    /// Begins, with transactions of so many steps. Nothing else may write before it is finished.
    pub(super) fn begin(store: &'a SledStore, steps_max: usize) -> Self {
        Self { store, tx: Transaction::begin(store), steps: 0, steps_max }
    }

    /// The transaction for one more step.
    pub(super) fn step(&mut self) -> Result<&Transaction<'a>, StoreError> {
        if self.steps == self.steps_max {
            std::mem::replace(&mut self.tx, Transaction::begin(self.store)).commit()?;
            self.steps = 0;
        }
        self.steps += 1;
        Ok(&self.tx)
    }

    pub(super) fn finish(self) -> Result<(), StoreError> {
        self.tx.commit()
    }
}
