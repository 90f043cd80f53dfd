//! Lists that are mostly as they began.

use std::ops::{Index, IndexMut};

/// A list of many items of which few are ever changed. Only those take room: a world of some
/// packages leads to some dozen of fifty thousand names.
pub(super) struct Sparse<T> {
    /// Where each item lies in `changed`, and one; 0 while it is as it began. Memory that was
    /// never written to is none.
    places: Vec<u32>,
    changed: Vec<T>,
    initial: T,
}

impl<T: Clone> Sparse<T> {
    /// So many items, all of them `initial`.
    pub fn new(len: usize, initial: T) -> Sparse<T> {
        Sparse {
            places: vec![0; len],
            changed: Vec::new(),
            initial,
        }
    }

    /// An item, if it was changed.
    pub fn get(&self, at: u32) -> Option<&T> {
        let place = self.places[at as usize].checked_sub(1)?;
        self.changed.get(place as usize)
    }
}

impl<T: Clone> Index<u32> for Sparse<T> {
    type Output = T;

    fn index(&self, at: u32) -> &T {
        self.get(at).unwrap_or(&self.initial)
    }
}

impl<T: Clone> IndexMut<u32> for Sparse<T> {
    fn index_mut(&mut self, at: u32) -> &mut T {
        if self.places[at as usize] == 0 {
            self.changed.push(self.initial.clone());
            self.places[at as usize] = self.changed.len() as u32;
        }
        &mut self.changed[self.places[at as usize] as usize - 1]
    }
}
