//! Values with the place they come from.
use super::tree::{Directive, source};
use crate::fact::Source;
use crate::source_text::Place;

/// The value of a directive where it holds, inherited or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// The directive it comes from; `None` when it is nginx's default.
    pub place: Option<Place>,
}

impl<T> Setting<T> {
    /// A value written in a directive.
    pub fn at(value: T, place: &Place) -> Self {
        let place = Some(place.clone());
        Self { value, place }
    }

    /// nginx's own default.
    pub const fn default_value(value: T) -> Self {
        Self { value, place: None }
    }

    /// The directive's first argument; `None` when nginx would refuse it.
    pub fn parsed(directive: &Directive, parse: impl FnOnce(&[u8]) -> Option<T>) -> Option<Self> {
        let value = parse(directive.arg(0)?)?;
        Some(Self::at(value, &directive.place))
    }

    /// Whether somebody wrote it.
    pub const fn is_written(&self) -> bool {
        self.place.is_some()
    }

    /// Where it stands, for people.
    pub fn source(&self) -> Option<Source> {
        self.place.as_ref().map(source)
    }
}
