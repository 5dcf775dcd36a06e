//! Whether encoder and decoder are those of a machine.

use super::check::{COMPILE_AGAIN, in_range};
use super::{BankContents, Decoder, Encoder, PixelEncoder, SignEncoder, decoder_bits};
use spinwright_contract::{Problem, ValidConfig};

fn misfit(place: &str, why: String) -> Problem {
    Problem::new("encoder and decoder do not fit the machine", place, why, COMPILE_AGAIN)
}

/// Refuses an encoder or decoder that is missing, not the machine's, or out of range.
pub(super) fn ends(c: &BankContents, config: &ValidConfig) -> Result<(), Problem> {
    match (&c.encoder, config.encoder()) {
        (Some(Encoder::Device(encoder)), Some(_)) => device_encoder(encoder, config)?,
        (Some(Encoder::Host(encoder)), None) => host_encoder(encoder, config)?,
        (None, None) => {}
        (None | Some(Encoder::Host(_)), Some(_)) => {
            return Err(misfit(
                "encoder",
                "the machine has one on the device, the image holds none for it".into(),
            ));
        }
        (Some(Encoder::Device(_)), None) => {
            return Err(misfit("encoder", "the image holds one for the device, the machine has none".into()));
        }
    }
    match &c.decoder {
        Some(d) => decoder(d, config)?,
        None if config.decoder().is_some() => {
            return Err(misfit(
                "decoder",
                "the machine has one on the device, the image holds none for it".into(),
            ));
        }
        None => {}
    }
    // On the host both are there or none is.
    let (host_encoder, host_decoder) = (config.encoder().is_none(), config.decoder().is_none());
    if host_encoder && host_decoder && c.encoder.is_some() != c.decoder.is_some() {
        let (there, missing) =
            if c.encoder.is_some() { ("an encoder", "decoder") } else { ("a decoder", "encoder") };
        return Err(misfit(
            missing,
            format!("the image has {there} alone; on the host both are there or none is"),
        ));
    }
    Ok(())
}

fn decoder(d: &Decoder, config: &ValidConfig) -> Result<(), Problem> {
    let refuse = |why: String| Err(misfit("decoder", why));
    let plane = config.last_block().output;
    if d.plane != plane || d.classes == 0 {
        return refuse(format!(
            "it maps {} outputs to {} classes, the machine has {}",
            d.plane.p_bits(),
            d.classes,
            plane.p_bits()
        ));
    }
    let [classes, rows, columns, shift] = match config.decoder() {
        Some(m) => [m.classes, m.rows, m.columns, m.bias_shift as usize],
        None => [d.classes, plane.rows, plane.columns, d.bias_shift as usize],
    };
    if [d.classes, d.rows, d.columns, d.bias_shift as usize] != [classes, rows, columns, shift] {
        return refuse(format!(
            "it has {} classes, {} x {} cells and bias shift {}; {classes} classes, {rows} x {columns} cells and {shift} are needed",
            d.classes, d.rows, d.columns, d.bias_shift
        ));
    }
    if d.weights.len() != d.classes * d.terms() || d.biases.len() != d.classes {
        return refuse(format!("it has {} weights and {} biases", d.weights.len(), d.biases.len()));
    }
    let [bits, bias_bits] = decoder_bits(config);
    in_range("decoder weights", &d.weights, (1 << (bits - 1)) - 1, bits)?;
    in_range("decoder biases", &d.biases, (1 << (bias_bits - 1)) - 1, bias_bits)?;
    if d.bias_shift > 31 || !(-32..=31).contains(&d.weight_frac_bits) {
        return refuse(format!(
            "shift {} or fraction bits {} are out of range",
            d.bias_shift, d.weight_frac_bits
        ));
    }
    Ok(())
}

fn device_encoder(e: &SignEncoder, config: &ValidConfig) -> Result<(), Problem> {
    let refuse = |why: String| Err(misfit("encoder", why));
    let (shape, plane) = (config.encoder().expect("the machine has an encoder"), config.block().input);
    if (e.shape, e.plane) != (shape, plane) {
        return refuse(format!(
            "it is {:?} into {:?}, the machine's is {shape:?} into {plane:?}",
            e.shape, e.plane
        ));
    }
    if e.weights.len() != plane.channels * shape.kernel.taps() || e.biases.len() != plane.channels {
        return refuse(format!("it has {} weights and {} biases", e.weights.len(), e.biases.len()));
    }
    in_range("encoder weights", &e.weights, config.weight_max(), config.weight_bits())?;
    in_range("encoder biases", &e.biases, config.bias_max(), config.bias_bits())?;
    if !(-32..=31).contains(&e.weight_frac_bits) {
        return refuse(format!(
            "fraction bits {} are out of range, -32 to 31 are possible",
            e.weight_frac_bits
        ));
    }
    Ok(())
}

fn host_encoder(e: &PixelEncoder, config: &ValidConfig) -> Result<(), Problem> {
    let refuse = |why: String| Err(misfit("encoder", why));
    if e.threshold > 256 {
        return refuse(format!("the threshold is {}, 0 to 256 are possible", e.threshold));
    }
    if 2 * e.margin >= e.rows.min(e.columns) || e.rows.max(e.columns) > 1 << 16 {
        return refuse(format!(
            "a margin of {} and {} x {} pixels leave no picture",
            e.margin, e.rows, e.columns
        ));
    }
    let inputs = config.block().input.p_bits();
    if e.used_pixels() > inputs {
        return refuse(format!("it uses {} pixels, the machine has {inputs} inputs", e.used_pixels()));
    }
    Ok(())
}
