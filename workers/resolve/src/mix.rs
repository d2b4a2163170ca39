//! A fixed mix of operators that a user has named: `resolve.mix=eject:3,ruin:1`.

/// The most that an operator may weigh; only the ratios count.
const WEIGHT_MOST: f64 = 1e6;

/// Operators with their weights; one that is not named is not used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mix(Vec<(String, f64)>);

impl Mix {
    /// Reads `NAME:WEIGHT,…`; nothing where that is not what it is.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let pair = |pair: &str| {
            let (name, weight) = pair.split_once(':')?;
            let weight = weight.parse().ok().filter(|weight| (0.0..=WEIGHT_MOST).contains(weight))?;
            Some((name.trim().to_owned(), weight))
        };
        let pairs: Vec<_> = text.split(',').map(pair).collect::<Option<_>>()?;
        let is_named_twice = (1..pairs.len()).any(|at| pairs[..at].iter().any(|(name, _)| *name == pairs[at].0));
        let is_empty = pairs.iter().all(|(_, weight)| *weight <= 0.0);
        (!is_named_twice && !is_empty).then_some(Self(pairs))
    }

    /// A name that is none of `operators`.
    pub(crate) fn stranger(&self, operators: &[&str]) -> Option<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !operators.contains(name))
    }

    /// The weight of an operator.
    pub(crate) fn weight(&self, operator: &str) -> f64 {
        self.0.iter().find(|(name, _)| name == operator).map_or(0.0, |(_, weight)| *weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_is_read_with_its_weights() {
        let mix = Mix::read("eject:3,ruin:0.5").expect("a mix");
        assert!((mix.weight("eject") - 3.0).abs() < 1e-12 && (mix.weight("ruin") - 0.5).abs() < 1e-12);
        assert!(mix.weight("walk").abs() < 1e-12);
        assert_eq!((mix.stranger(&["eject", "ruin"]), mix.stranger(&["ruin"])), (None, Some("eject")));
    }

    #[test]
    fn what_is_no_mix_is_none() {
        for wrong in ["", "eject", "eject:", "eject:-1", "eject:nan", "eject:inf", "eject:0", "eject:1,eject:2", "a:1,"]
        {
            assert_eq!(Mix::read(wrong), None, "{wrong}");
        }
    }
}
