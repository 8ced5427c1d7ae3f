use jwt_core::keys::Algorithm;

use crate::key::Key;

/// The keys of an issuer.
pub(crate) struct Ring {
    algorithm: Algorithm,
    keys: Vec<Entry>,
    generated: usize,
}

struct Entry {
    key: Key,
    state: KeyState,
    is_published: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum KeyState {
    /// It will sign after a rotation.
    Announced,
    /// It signs new tokens. One key is in this state.
    Signing,
    /// It has signed tokens.
    Retired,
    /// Another key has its id.
    Replaced,
}

impl Ring {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let mut ring = Self { algorithm, keys: Vec::new(), generated: 0 };
        ring.add(KeyState::Signing);
        ring
    }

    fn generate(&mut self, id: String) -> Key {
        let key = Key::generate(self.algorithm, id, self.generated);
        self.generated += 1;
        key
    }

    fn add(&mut self, state: KeyState) -> String {
        let next = self.keys.iter().filter(|entry| entry.state != KeyState::Replaced).count() + 1;
        let id = format!("key-{next}");
        let key = self.generate(id.clone());
        self.keys.push(Entry { key, state, is_published: true });
        id
    }

    pub(crate) fn announce(&mut self) -> String {
        self.add(KeyState::Announced)
    }

    /// Lets the first announced key sign, or else a new one.
    pub(crate) fn rotate(&mut self) -> String {
        for entry in &mut self.keys {
            if entry.state == KeyState::Signing {
                entry.state = KeyState::Retired;
            }
        }
        let announced = self.keys.iter_mut().find(|entry| entry.state == KeyState::Announced);
        match announced {
            Some(entry) => {
                entry.state = KeyState::Signing;
                entry.key.id.clone()
            }
            None => self.add(KeyState::Signing),
        }
    }

    /// Gives the id of the signing key to a new one.
    pub(crate) fn replace(&mut self) {
        let old = self.keys.iter_mut().find(|entry| entry.state == KeyState::Signing);
        let old = old.expect("one key signs");
        old.state = KeyState::Replaced;
        let (id, is_published) = (old.key.id.clone(), old.is_published);
        old.is_published = false;
        let key = self.generate(id);
        self.keys.push(Entry { key, state: KeyState::Signing, is_published });
    }

    /// Returns whether there is a key with this id.
    pub(crate) fn publish(&mut self, id: &str, is_published: bool) -> bool {
        let of_id = |entry: &&mut Entry| entry.key.id == id && entry.state != KeyState::Replaced;
        let found = self.keys.iter_mut().find(of_id);
        found.map(|entry| entry.is_published = is_published).is_some()
    }

    pub(crate) fn signing(&self) -> &Key {
        let signing = self.keys.iter().find(|entry| entry.state == KeyState::Signing);
        &signing.expect("one key signs").key
    }

    pub(crate) fn of_id(&self, id: &str) -> Option<&Key> {
        let of_id = |entry: &&Entry| entry.key.id == id && entry.state != KeyState::Replaced;
        self.keys.iter().find(of_id).map(|entry| &entry.key)
    }

    /// The published keys, oldest first.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Key> + Clone {
        self.keys.iter().filter(|entry| entry.is_published).map(|entry| &entry.key)
    }

    /// A key that is in no set, and was in none.
    pub(crate) fn unknown(&self, id: impl Into<String>) -> Key {
        // One of the RSA keys that no key of this ring is at the moment.
        Key::generate(self.algorithm, id, self.generated)
    }
}
