//! A digit set that the project draws itself: strokes per class, bent, turned, sheared, scaled, shifted, blurred
//! and noised at random.
//!
//! The same seed gives the same bytes on every machine: the drawing uses only +, -, *, / and square roots of f64,
//! which IEEE 754 rounds the same way everywhere, and no library function (a rotation comes from a rational
//! parametrization of the circle). Picture i depends on seed, split and i only, so a longer set begins with the
//! shorter one.

use super::{Dataset, Stream};

/// Side of a picture in pixels.
pub const SIDE: usize = 12;
/// Classes, the digits 0 to 9.
pub const CLASSES: usize = 10;

/// Pictures that the demo trains and validates on.
pub const TRAIN_IMAGES: usize = 40_000;
/// Pictures that the demo tests on.
pub const TEST_IMAGES: usize = 2_000;

/// Which part of the endless set to draw; the parts never share a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// For training and validation.
    Train,
    /// For testing.
    Test,
}

/// A point of a stroke; the digit fills about -1..1 in both axes, y grows downward.
type Point = (f64, f64);

/// One stroke: its control points, and whether corners are rounded.
struct Stroke {
    points: &'static [Point],
    round: bool,
}

const fn line(points: &'static [Point]) -> Stroke {
    Stroke { points, round: false }
}

const fn curve(points: &'static [Point]) -> Stroke {
    Stroke { points, round: true }
}

/// Writing variants: (class, strokes). Several entries of one class are drawn with equal probability.
const GLYPHS: &[(u8, &[Stroke])] = &[
    (
        0,
        &[curve(&[
            (0.0, -1.0),
            (-0.7, -0.8),
            (-0.75, 0.0),
            (-0.6, 0.85),
            (0.0, 1.0),
            (0.65, 0.85),
            (0.75, 0.0),
            (0.6, -0.85),
            (0.0, -1.0),
        ])],
    ),
    (
        0,
        &[curve(&[
            (0.2, -1.0),
            (-0.55, -0.7),
            (-0.6, 0.3),
            (-0.3, 1.0),
            (0.35, 0.9),
            (0.6, 0.1),
            (0.45, -0.8),
            (0.05, -0.95),
        ])],
    ),
    (1, &[line(&[(0.05, -1.0), (0.0, 1.0)])]),
    (1, &[line(&[(-0.4, -0.5), (0.1, -1.0), (0.1, 1.0)])]),
    (1, &[line(&[(-0.35, -0.55), (0.1, -1.0), (0.1, 1.0)]), line(&[(-0.4, 1.0), (0.55, 1.0)])]),
    (
        2,
        &[
            curve(&[(-0.65, -0.6), (-0.4, -1.0), (0.35, -1.05), (0.7, -0.5), (0.3, 0.1), (-0.65, 1.0)]),
            line(&[(-0.65, 1.0), (0.7, 0.95)]),
        ],
    ),
    (
        2,
        &[curve(&[
            (-0.55, -0.7),
            (0.0, -1.1),
            (0.65, -0.7),
            (0.4, 0.1),
            (-0.3, 0.8),
            (-0.65, 0.75),
            (-0.3, 0.5),
            (0.2, 0.95),
            (0.75, 0.8),
        ])],
    ),
    (
        3,
        &[
            curve(&[(-0.6, -0.85), (0.1, -1.1), (0.65, -0.7), (0.4, -0.1), (-0.15, -0.05)]),
            curve(&[(-0.15, -0.05), (0.55, 0.05), (0.7, 0.6), (0.15, 1.1), (-0.65, 0.8)]),
        ],
    ),
    (
        3,
        &[
            line(&[(-0.55, -0.95), (0.6, -0.95), (-0.05, -0.15)]),
            curve(&[(-0.05, -0.15), (0.65, 0.0), (0.6, 0.8), (0.0, 1.05), (-0.6, 0.75)]),
        ],
    ),
    (4, &[line(&[(0.25, -1.0), (-0.7, 0.35), (0.75, 0.35)]), line(&[(0.35, -0.3), (0.3, 1.0)])]),
    (4, &[line(&[(-0.5, -0.95), (-0.6, 0.05), (0.5, 0.05)]), line(&[(0.5, -0.95), (0.45, 1.0)])]),
    (
        5,
        &[
            line(&[(0.6, -0.95), (-0.45, -0.95), (-0.55, -0.1)]),
            curve(&[(-0.55, -0.1), (0.2, -0.4), (0.7, 0.2), (0.5, 0.9), (-0.1, 1.1), (-0.65, 0.8)]),
        ],
    ),
    (
        5,
        &[
            line(&[(0.65, -1.0), (-0.35, -0.9)]),
            curve(&[(-0.35, -0.9), (-0.6, -0.1), (0.1, -0.2), (0.65, 0.3), (0.3, 1.0), (-0.6, 0.95)]),
        ],
    ),
    (
        6,
        &[curve(&[
            (0.45, -1.0),
            (-0.4, -0.5),
            (-0.7, 0.3),
            (-0.4, 1.0),
            (0.3, 1.0),
            (0.65, 0.5),
            (0.3, 0.0),
            (-0.3, 0.1),
            (-0.6, 0.5),
        ])],
    ),
    (
        6,
        &[curve(&[
            (0.15, -1.0),
            (-0.5, -0.2),
            (-0.55, 0.9),
            (0.2, 1.05),
            (0.55, 0.55),
            (0.1, 0.15),
            (-0.5, 0.5),
        ])],
    ),
    (7, &[line(&[(-0.65, -0.9), (0.65, -0.95), (-0.1, 1.0)])]),
    (7, &[line(&[(-0.6, -0.95), (0.65, -0.95), (0.0, 1.0)]), line(&[(-0.3, 0.05), (0.6, 0.0)])]),
    (
        8,
        &[curve(&[
            (0.0, -1.0),
            (-0.6, -0.8),
            (-0.5, -0.2),
            (0.0, 0.0),
            (0.65, 0.3),
            (0.5, 0.95),
            (0.0, 1.05),
            (-0.55, 0.9),
            (-0.6, 0.3),
            (0.0, 0.0),
            (0.5, -0.25),
            (0.55, -0.8),
            (0.0, -1.0),
        ])],
    ),
    (
        8,
        &[curve(&[
            (0.5, -0.85),
            (-0.2, -1.1),
            (-0.6, -0.6),
            (0.0, -0.05),
            (0.55, 0.5),
            (0.1, 1.1),
            (-0.5, 0.7),
            (-0.1, 0.0),
            (0.5, -0.6),
            (0.5, -0.85),
        ])],
    ),
    (
        9,
        &[
            curve(&[(0.55, -0.55), (0.1, -1.05), (-0.5, -0.8), (-0.5, -0.15), (0.1, 0.05), (0.6, -0.5)]),
            line(&[(0.6, -0.6), (0.5, 1.0)]),
        ],
    ),
    (
        9,
        &[curve(&[
            (0.6, -0.5),
            (0.2, -1.05),
            (-0.55, -0.85),
            (-0.5, -0.1),
            (0.2, 0.05),
            (0.65, -0.5),
            (0.5, 0.5),
            (0.0, 1.0),
            (-0.5, 0.95),
        ])],
    ),
];

/// Draws `count` labeled pictures of [`SIDE`] x [`SIDE`] pixels; the labels go round the classes.
pub fn draw(count: usize, seed: u64, split: Split) -> Dataset {
    let mut images = Vec::with_capacity(count * SIDE * SIDE);
    let mut labels = Vec::with_capacity(count);
    for index in 0..count {
        let label = (index % CLASSES) as u8;
        let tag = match split {
            Split::Train => 0x0064_7261_7721,
            Split::Test => 0x0064_7261_7722,
        };
        images.extend_from_slice(&picture(label, &mut Stream::new(&[seed, tag, index as u64])));
        labels.push(label);
    }
    Dataset { images, labels, rows: SIDE, cols: SIDE, classes: CLASSES }
}

/// One picture of a class.
fn picture(label: u8, stream: &mut Stream) -> [u8; SIDE * SIDE] {
    let variants: Vec<&[Stroke]> =
        GLYPHS.iter().filter(|(class, _)| *class == label).map(|(_, strokes)| *strokes).collect();
    let strokes = variants[stream.below(variants.len())];
    let map = Map::random(stream);
    let half_width = 0.80 + stream.around(0.22);
    let mut segments = Vec::new();
    for stroke in strokes {
        let bent: Vec<Point> =
            stroke.points.iter().map(|&(x, y)| (x + stream.around(0.11), y + stream.around(0.11))).collect();
        let path = if stroke.round { smooth(&smooth(&bent)) } else { bent };
        let path: Vec<Point> = path.into_iter().map(|point| map.apply(point)).collect();
        segments.extend(path.windows(2).map(|pair| (pair[0], pair[1])));
    }
    let brightness = 215.0 + stream.around(40.0);
    let mut pixels = [0; SIDE * SIDE];
    for (index, pixel) in pixels.iter_mut().enumerate() {
        let center = ((index % SIDE) as f64 + 0.5, (index / SIDE) as f64 + 0.5);
        let nearest = segments.iter().map(|&(a, b)| distance_squared(center, a, b)).fold(f64::MAX, f64::min);
        // The edge of the pen is one pixel wide: full ink inside, none outside, a ramp between.
        let ink = (half_width + 0.5 - nearest.sqrt()).clamp(0.0, 1.0);
        let grain = 22.0 * stream.normal();
        // Now and then a pixel is a speck: any brightness at all.
        let speck = stream.below(100) < 2;
        let value = if speck { 255.0 * stream.unit() } else { ink * brightness + grain };
        *pixel = value.clamp(0.0, 255.0) as u8;
    }
    pixels
}

/// From digit coordinates to pixels: scale, shear, turn, shift.
struct Map {
    xx: f64,
    xy: f64,
    yx: f64,
    yy: f64,
    shift: Point,
}

impl Map {
    fn random(stream: &mut Stream) -> Map {
        let half = SIDE as f64 / 2.0;
        // Half the angle's tangent: up to 0.15, that is about 17 degrees to either side.
        let t = stream.around(0.15);
        let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        let (width, height) = (half * (0.62 + stream.around(0.11)), half * (0.74 + stream.around(0.10)));
        let shear = stream.around(0.22);
        Map {
            xx: cos * width,
            xy: (cos * shear - sin) * height,
            yx: sin * width,
            yy: (sin * shear + cos) * height,
            shift: (half + stream.around(0.9), half + stream.around(0.9)),
        }
    }

    fn apply(&self, (x, y): Point) -> Point {
        (self.xx * x + self.xy * y + self.shift.0, self.yx * x + self.yy * y + self.shift.1)
    }
}

/// Cuts every corner once (Chaikin): the ends stay, each inner corner becomes two points.
fn smooth(path: &[Point]) -> Vec<Point> {
    let mut out = vec![path[0]];
    for pair in path.windows(2) {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        out.push((0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by));
        out.push((0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by));
    }
    out.push(path[path.len() - 1]);
    out
}

/// Squared distance from a point to the segment a-b.
fn distance_squared((px, py): Point, (ax, ay): Point, (bx, by): Point) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let length_squared = dx * dx + dy * dy;
    let along = if length_squared > 0.0 { ((px - ax) * dx + (py - ay) * dy) / length_squared } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    let (ex, ey) = (px - ax - along * dx, py - ay - along * dy);
    ex * ex + ey * ey
}
