//! Colorings for machines: few colors, then even ones.
//!
//! A color's p-bits are updated together, so colors cost sweeps their length, and the largest color decides how many slots a number of lanes
//! needs.

use crate::models::{ColorId, ColoredModel, IsingModel};
use std::collections::BTreeSet;

/// How a graph is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Few colors ([`dsatur`]; two for a bipartite graph).
    Dsatur,
    /// The same number of colors, of nearly one size ([`balance`]).
    #[default]
    Balanced,
}

/// Colors a model without inputs.
///
/// # Panics
/// If the model has inputs: they have no color.
pub fn color(model: IsingModel, method: Method) -> ColoredModel {
    assert_eq!(model.inputs(), 0, "graphs have no inputs");
    let mut colors = dsatur(&model);
    if method == Method::Balanced {
        balance(&model, &mut colors);
    }
    let colors = colors.into_iter().map(|color| Some(ColorId(color))).collect();
    ColoredModel::new(model, colors).expect("the coloring is proper")
}

/// Sizes of the colors.
pub fn sizes(colors: &[usize]) -> Vec<usize> {
    let mut sizes = vec![0; colors.iter().max().map_or(0, |c| c + 1)];
    colors.iter().for_each(|&color| sizes[color] += 1);
    sizes
}

/// DSATUR (Brelaz, "New methods to color the vertices of a graph", 1979): always the p-bit next whose neighbors have the most
/// different colors, ties to the higher degree, then to the lower number; it gets the smallest color that no neighbor
/// has. Exact for bipartite graphs. O((p-bits + couplings) log).
pub fn dsatur(model: &IsingModel) -> Vec<usize> {
    let n = model.p_bits();
    let row = |i: usize| model.couplings().row_ptr[i]..model.couplings().row_ptr[i + 1];
    let key = |i: usize, seen: usize| (seen, row(i).len(), std::cmp::Reverse(i));
    let mut seen: Vec<Vec<usize>> = vec![Vec::new(); n];
    let mut open: BTreeSet<_> = (0..n).map(|i| key(i, 0)).collect();
    let mut colors = vec![usize::MAX; n];
    while let Some((_, _, std::cmp::Reverse(i))) = open.pop_last() {
        let color = (0..).find(|color| seen[i].binary_search(color).is_err()).expect("colors are unlimited");
        colors[i] = color;
        for &j in &model.couplings().col_idx[row(i)] {
            if colors[j] == usize::MAX
                && let Err(place) = seen[j].binary_search(&color)
            {
                open.remove(&key(j, seen[j].len()));
                seen[j].insert(place, color);
                open.insert(key(j, seen[j].len()));
            }
        }
    }
    colors
}

/// Evens out the sizes of a coloring without new colors: of two colors, parts that hang together in the graph of only these
/// two (Kempe chains) are exchanged, chosen so that the two sizes come as close as they can. Pairs of colors in turn, those that
/// differ most first, until none of them gets closer.
pub fn balance(model: &IsingModel, colors: &mut [usize]) {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); sizes(colors).len()];
    colors.iter().enumerate().for_each(|(i, &color)| members[color].push(i));
    loop {
        let mut pairs: Vec<(usize, usize)> = (0..members.len())
            .flat_map(|a| (0..members.len()).map(move |b| (a, b)))
            .filter(|&(a, b)| members[a].len() > members[b].len() + 1)
            .collect();
        pairs.sort_by_key(|&(a, b)| (std::cmp::Reverse(members[a].len() - members[b].len()), a, b));
        let Some(&(a, b)) = pairs.iter().find(|&&(a, b)| even(model, colors, &mut members, a, b)) else {
            break;
        };
        debug_assert!(a != b);
    }
}

/// Brings two colors closer in size, if that is possible.
fn even(
    model: &IsingModel,
    colors: &mut [usize],
    members: &mut [Vec<usize>],
    larger: usize,
    smaller: usize,
) -> bool {
    let chains = chains(model, colors, &members[larger], &members[smaller]);
    let excess = |chain: &Vec<usize>| {
        let of_larger = chain.iter().filter(|&&i| colors[i] == larger).count();
        2 * of_larger as i64 - chain.len() as i64
    };
    let difference = members[larger].len() - members[smaller].len();
    let wanted = difference as i64 / 2;
    let chosen = choose(&chains.iter().map(excess).collect::<Vec<_>>(), wanted);
    let moved: i64 = chosen.iter().map(|&k| excess(&chains[k])).sum();
    if (difference as i64 - 2 * moved).unsigned_abs() as usize >= difference {
        return false;
    }
    for &i in chosen.iter().flat_map(|&k| &chains[k]) {
        colors[i] = larger + smaller - colors[i];
    }
    let mut both = std::mem::take(&mut members[larger]);
    both.append(&mut members[smaller]);
    both.sort_unstable();
    both.into_iter().for_each(|i| members[colors[i]].push(i));
    true
}

/// The connected parts of two colors.
fn chains(model: &IsingModel, colors: &[usize], one: &[usize], other: &[usize]) -> Vec<Vec<usize>> {
    let mut found = vec![false; colors.len()];
    let mut chains = Vec::new();
    let pair = (colors[one[0]], other.first().map_or(usize::MAX, |&i| colors[i]));
    for &first in one.iter().chain(other) {
        if std::mem::replace(&mut found[first], true) {
            continue;
        }
        let mut chain = vec![first];
        let mut next = 0;
        while let Some(&i) = chain.get(next) {
            next += 1;
            for (j, _) in model.couplings().row(i) {
                if (colors[j] == pair.0 || colors[j] == pair.1) && !std::mem::replace(&mut found[j], true) {
                    chain.push(j);
                }
            }
        }
        chains.push(chain);
    }
    chains
}

/// Which of these numbers add up to as close to `wanted` as a greedy choice gets: the largest first that do not overshoot,
/// then one more if that comes closer.
fn choose(excess: &[i64], wanted: i64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..excess.len()).filter(|&k| excess[k] > 0).collect();
    order.sort_by_key(|&k| (-excess[k], k));
    let mut sum = 0;
    let (mut chosen, rest): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|&k| {
        let fits = sum + excess[k] <= wanted;
        sum += if fits { excess[k] } else { 0 };
        fits
    });
    if let Some(k) = rest.into_iter().min_by_key(|&k| ((wanted - sum - excess[k]).abs(), k))
        && (wanted - sum - excess[k]).abs() < wanted - sum
    {
        chosen.push(k);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::SplitMix64;
    use proptest::prelude::*;

    fn random(seed: u64, n: usize, percent: u64) -> IsingModel {
        let mut random = SplitMix64::new(seed);
        let all = (0..n).flat_map(|i| (0..i).map(move |j| (i, j, 1.0)));
        let pairs: Vec<_> = all.filter(|_| random.next_word() % 100 < percent).collect();
        IsingModel::from_pairs(0, vec![0.0; n], &pairs).unwrap()
    }

    fn proper(model: &IsingModel, colors: &[usize]) -> bool {
        (0..model.p_bits()).all(|i| model.couplings().row(i).all(|(j, _)| colors[i] != colors[j]))
    }

    fn spread(colors: &[usize]) -> usize {
        let sizes = sizes(colors);
        sizes.iter().max().unwrap() - sizes.iter().min().unwrap()
    }

    proptest! {
        #[test]
        fn colorings_are_proper_and_no_larger_when_balanced(seed in any::<u64>(), n in 1usize..60, percent in 0u64..60) {
            let model = random(seed, n, percent);
            let few = dsatur(&model);
            prop_assert!(proper(&model, &few));
            let degree = (0..n).map(|i| model.couplings().row(i).count()).max().unwrap();
            prop_assert!(sizes(&few).len() <= degree + 1);
            let bipartite = crate::models::bipartite(&model).is_some();
            prop_assert!(!bipartite || sizes(&few).len() <= 2);
            let mut even = few.clone();
            balance(&model, &mut even);
            prop_assert!(proper(&model, &even));
            prop_assert_eq!(sizes(&even).len(), sizes(&few).len());
            prop_assert!(sizes(&even).iter().max() <= sizes(&few).iter().max());
            prop_assert!(spread(&even) <= spread(&few));
            let colored = color(model, Method::Balanced);
            prop_assert_eq!(colored.color_count(), sizes(&even).len());
        }
    }

    /// Sparse random graphs leave balancing much room: the sizes end at most two apart.
    #[test]
    fn sparse_graphs_get_even_colors() {
        for seed in 0..20 {
            let model = random(seed, 300, 2);
            let few = dsatur(&model);
            let mut even = few.clone();
            balance(&model, &mut even);
            assert!(spread(&few) > 10, "DSATUR alone is uneven: {:?}", sizes(&few));
            assert!(spread(&even) <= 2, "{:?} became {:?}", sizes(&few), sizes(&even));
        }
    }

    /// Ten stars of six: DSATUR gives the centers one color and the leaves the other; half of the stars have to turn.
    #[test]
    fn whole_parts_turn() {
        let pairs: Vec<_> =
            (0..10).flat_map(|s| (1..6).map(move |leaf| (6 * s, 6 * s + leaf, 1.0))).collect();
        let model = IsingModel::from_pairs(0, vec![0.0; 60], &pairs).unwrap();
        let mut colors = dsatur(&model);
        assert_eq!(sizes(&colors), [10, 50]);
        balance(&model, &mut colors);
        assert_eq!(sizes(&colors), [30, 30]);
    }

    #[test]
    fn large_graphs_take_no_time() {
        let n = 20_000;
        let mut stream = SplitMix64::new(3);
        let mut pairs = std::collections::BTreeSet::new();
        while pairs.len() < 3 * n {
            let (i, j) = (stream.next_word() as usize % n, stream.next_word() as usize % n);
            if i < j {
                pairs.insert((i, j));
            }
        }
        let pairs: Vec<_> = pairs.into_iter().map(|(i, j)| (i, j, 1.0)).collect();
        let model = IsingModel::from_pairs(0, vec![0.0; n], &pairs).unwrap();
        let colored = color(model, Method::Balanced);
        assert!(colored.color_count() <= 6, "{}", colored.color_count());
    }
}
