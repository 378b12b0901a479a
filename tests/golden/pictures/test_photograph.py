"""Picture files as people have them: what a file states beside its pixels is used, kept or refused, in every format alike."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from golden.pictures import photograph
from golden.pictures.photograph import check_target, read, write
from golden.pictures.statements import ImageError
from golden.pictures.transparency import filled

COLOUR = np.random.default_rng(0).integers(0, 256, (10, 16, 3), dtype=np.uint8)
ALPHA = np.random.default_rng(1).integers(0, 255, (10, 16), dtype=np.uint8)
EXACT = (".png", ".webp", ".tif")
SUFFIXES = (*EXACT, ".jpg")
UPRIGHT = {
    1: COLOUR,
    2: COLOUR[:, ::-1],
    3: COLOUR[::-1, ::-1],
    4: COLOUR[::-1],
    5: COLOUR.transpose(1, 0, 2),
    6: np.rot90(COLOUR, -1),
    7: COLOUR[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(COLOUR, 1),
}
"""By EXIF's orientation; EXIF 3.0, 4.6.5.1.6."""
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Make="maker"/></rdf:RDF></x:xmpmeta>'
)
TAKEN, SIDE, LATITUDE = 0x9003, 0xA002, 1
WIDE_GAMUT = {b"gAMA": struct.pack(">I", 55000), b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)}
SRGB = {b"gAMA": struct.pack(">I", 45455)}


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "maker"
    tags.get_ifd(0x8769).update({TAKEN: "2020:01:01 00:00:00", SIDE: 16})
    tags.get_ifd(0x8825)[LATITUDE] = "N"
    tags[0x8769] = tags[0x8825] = 0
    return tags


def save(path, image=COLOUR, **options):
    lossless = {"lossless": True, "exact": True} if path.suffix == ".webp" else {}
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **lossless, **options)
    return path


def save_xmp(path):
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        return save(path, pnginfo=info)
    return save(path, tiffinfo={700: XMP}) if path.suffix == ".tif" else save(path, xmp=XMP)


def with_chunks(path, chunks):
    info = PngImagePlugin.PngInfo()
    for name, data in chunks.items():
        info.add(name, data)
    return save(path, pnginfo=info)


@pytest.mark.parametrize("suffix", EXACT)
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_picture_that_lies_on_its_side_is_turned_upright(tmp_path, suffix, orientation) -> None:
    found = read(save(tmp_path / f"a{suffix}", exif=exif(orientation), dpi=(72, 144)))
    assert np.array_equal(found.colours, UPRIGHT[orientation])
    if suffix != ".webp":
        assert np.allclose(found.statements.dpi, (144, 72) if orientation >= 5 else (72, 144), atol=0.02)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_orientation_is_found_in_xmp_too(tmp_path, suffix) -> None:
    found = read(save_xmp(tmp_path / f"a{suffix}"))
    assert found.colours.shape == (16, 10, 3)
    assert b"Orientation" not in found.statements.xmp
    assert b'Make="maker"' in found.statements.xmp


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("source", SUFFIXES)
def test_profile_resolution_camera_and_xmp_are_kept_from_every_format_in_every_format(tmp_path, source, target) -> None:
    resolution = {} if source == ".webp" else {"dpi": (72, 144)}
    found = read(save(tmp_path / f"in{source}", exif=exif(6), icc_profile=PROFILE, **resolution))
    write(found.colours, tmp_path / f"out{target}", found.statements, 2)
    kept = read(tmp_path / f"out{target}")
    assert kept.colours.shape == (16, 10, 3)
    assert kept.statements.icc == PROFILE
    assert kept.statements.exif.get(0x010F) == "maker"
    camera = kept.statements.exif.get_ifd(0x8769)
    assert camera == {TAKEN: "2020:01:01 00:00:00"}
    assert kept.statements.exif.get_ifd(0x8825) == {LATITUDE: "N"}
    if source == ".webp":
        assert kept.statements.dpi is None
    else:
        assert np.allclose(kept.statements.dpi, (288, 144), atol=0.05)
    xmp = read(save_xmp(tmp_path / f"x{source}"))
    write(xmp.colours, tmp_path / f"y{target}", xmp.statements, 2)
    assert read(tmp_path / f"y{target}").statements.xmp == xmp.statements.xmp


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P", "L with a key", "RGB with a key"])
def test_transparency_of_every_kind_is_read(tmp_path, mode) -> None:
    path, key = tmp_path / "a.png", (int(COLOUR[0, 0, 0]), int(COLOUR[0, 0, 1]), int(COLOUR[0, 0, 2]))
    if mode == "P":
        save(path, Image.fromarray(COLOUR).quantize(16), transparency=bytes([0] + [9] * 15))
        expected = np.where(np.asarray(Image.open(path)) == 0, 0, 9)
    elif mode.startswith("RGB with"):
        save(path, transparency=key)
        expected = np.where((np.array(key) == COLOUR).all(axis=2), 0, 255)
    elif mode.startswith("L with"):
        save(path, COLOUR[..., 0], transparency=key[0])
        expected = np.where(COLOUR[..., 0] == key[0], 0, 255)
    else:
        save(path, np.dstack([COLOUR[..., : len(mode) - 1], ALPHA]).squeeze())
        expected = ALPHA
    found = read(path)
    assert np.array_equal(found.alpha, expected)
    assert found.colours.ndim == (2 if mode[0] == "L" else 3)


@pytest.mark.parametrize("suffix", EXACT)
@pytest.mark.parametrize("channels", [1, 3])
def test_transparency_is_kept_bit_for_bit(tmp_path, suffix, channels) -> None:
    colours = COLOUR[..., 0] if channels == 1 else COLOUR
    write(np.dstack([colours, ALPHA]), tmp_path / f"a{suffix}")
    found = read(tmp_path / f"a{suffix}")
    assert np.array_equal(found.alpha, ALPHA)
    assert np.array_equal(found.colours if found.colours.ndim == colours.ndim else found.colours[..., 0], colours)


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_a_format_without_transparency_is_refused_before_the_work_unless_all_is_opaque(tmp_path, suffix) -> None:
    see_through = read(save(tmp_path / "a.png", np.dstack([COLOUR, ALPHA])))
    with pytest.raises(ImageError, match=rf"out\{suffix}: .* no place for the transparency of .*a\.png; allowed \.png"):
        check_target(tmp_path / f"out{suffix}", see_through, 2)
    check_target(tmp_path / f"out{suffix}", read(save(tmp_path / "b.png", np.dstack([COLOUR, ALPHA * 0 + 255]))), 2)


def test_a_jpeg_keeps_quality_95_and_all_chroma_and_a_webp_every_pixel(tmp_path) -> None:
    write(COLOUR, tmp_path / "a.jpg")
    Image.fromarray(COLOUR).save(tmp_path / "b.jpg", quality=95)
    with Image.open(tmp_path / "a.jpg") as image, Image.open(tmp_path / "b.jpg") as expected:
        assert [(component[1], component[2]) for component in image.layer] == [(1, 1)] * 3
        assert image.quantization == expected.quantization
    write(COLOUR, tmp_path / "a.webp")
    assert np.array_equal(read(tmp_path / "a.webp").colours, COLOUR)


def test_the_colour_chunks_of_a_png_are_kept_in_a_png(tmp_path) -> None:
    found = read(with_chunks(tmp_path / "a.png", WIDE_GAMUT))
    write(found.colours, tmp_path / "b.png", found.statements, 2)
    assert dict(read(tmp_path / "b.png").statements.chunks) == WIDE_GAMUT


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tif", ".bmp"])
def test_the_colour_chunks_of_a_png_are_refused_where_there_is_no_place_unless_they_are_srgb(tmp_path, suffix) -> None:
    with pytest.raises(ImageError, match=rf"out\{suffix}: .* no place for cHRM and gAMA of .*a\.png, .*; allowed \.png"):
        check_target(tmp_path / f"out{suffix}", read(with_chunks(tmp_path / "a.png", WIDE_GAMUT)), 2)
    check_target(tmp_path / f"out{suffix}", read(with_chunks(tmp_path / "b.png", SRGB)), 2)


def test_a_profile_is_refused_where_a_bitmap_has_no_place_for_it(tmp_path) -> None:
    with pytest.raises(ImageError, match=r"out\.bmp: BMP has no place for the colour profile of .*a\.png"):
        check_target(tmp_path / "out.bmp", read(save(tmp_path / "a.png", icc_profile=PROFILE)), 2)


def jpeg(tmp_path, mode):
    return save(tmp_path / "a.jpg", Image.fromarray(COLOUR).convert(mode))


def several(tmp_path, suffix):
    other = Image.fromarray(255 - COLOUR)
    return save(tmp_path / f"a{suffix}", save_all=True, append_images=[other])


def flat_pixels(tmp_path):
    path = save(tmp_path / "a.png")
    data, body = path.read_bytes(), b"pHYs" + struct.pack(">IIB", 2, 1, 0)
    path.write_bytes(data[:33] + struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body)) + data[33:])
    return path


def postscript(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    return path


REFUSED = {
    "inks": (lambda folder: jpeg(folder, "CMYK"), "CMYK image; allowed gray, palette or RGB"),
    "laboratory colours": (lambda folder: save(folder / "a.tif", Image.new("LAB", (4, 4))), "LAB image; allowed"),
    "moving PNG": (lambda folder: several(folder, ".png"), "2 pictures in one file; allowed one"),
    "moving WebP": (lambda folder: several(folder, ".webp"), "2 pictures in one file; allowed one"),
    "pages": (lambda folder: several(folder, ".tif"), "2 pictures in one file; allowed one"),
    "pixels that are not square": (flat_pixels, "pixels 1 wide and 2 high; allowed square ones"),
    "another format under this name": (postscript, "broken or not an image"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_single_picture_of_square_8_bit_pixels_is_refused_by_name(tmp_path, kind) -> None:
    make, message = REFUSED[kind]
    with pytest.raises(ImageError, match=rf"a\.[a-z]+: .*{message}"):
        read(make(tmp_path))


def test_a_gif_is_not_read(tmp_path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "a.gif")
    with pytest.raises(ImageError, match=r"a\.gif: broken or not an image"):
        read(tmp_path / "a.gif")


def test_a_cameras_file_of_several_pictures_is_its_first_one_and_the_rest_is_counted(tmp_path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(COLOUR).save(path, "MPO", quality=95, save_all=True, append_images=[Image.fromarray(255 - COLOUR)])
    found = read(path)
    save(tmp_path / "first.jpg", quality=95)
    assert found.left_out == 1
    assert np.array_equal(found.colours, read(tmp_path / "first.jpg").colours)


def test_a_side_that_the_format_cannot_have_is_refused_before_the_work(tmp_path) -> None:
    wide = read(save(tmp_path / "a.png", np.zeros((1, 9000), np.uint8)))
    with pytest.raises(ImageError, match=r"out\.webp: 18000x2 pixels; allowed 16383 each way in WEBP"):
        check_target(tmp_path / "out.webp", wide, 2)
    check_target(tmp_path / "out.jpg", wide, 2)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_damaged_file_is_a_picture_or_one_line(tmp_path, suffix) -> None:
    """Damage of every kind at seeded places; anything but ImageError would be a traceback."""
    whole = save(tmp_path / f"a{suffix}", exif=exif(6), icc_profile=PROFILE).read_bytes()
    rng, read_well, path = np.random.default_rng(0), 0, tmp_path / f"b{suffix}"
    for _ in range(120):
        data = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(0, min(len(data), 900), rng.integers(1, 6))
        data[places] = rng.integers(0, 256, len(places))
        path.write_bytes(data[: rng.integers(1, len(data) + 1)].tobytes() if rng.random() < 0.3 else data.tobytes())
        with suppress(ImageError):
            assert read(path).colours.dtype == np.uint8
            read_well += 1
    assert read_well < 110


def test_what_is_visible_stays_and_what_is_not_takes_its_neighbours_colour() -> None:
    alpha = np.zeros((10, 16), np.uint8)
    alpha[3:7, 4:9] = 200
    found = filled(np.where(alpha[..., None] > 0, COLOUR, 0).astype(np.uint8), alpha)
    assert np.array_equal(found[alpha > 0], COLOUR[alpha > 0])
    assert found[2, 5].tolist() == [(int(COLOUR[3, 4:7, c].sum()) * 2 + 3) // 6 for c in range(3)]
    assert found.min() > 0
    assert np.array_equal(filled(COLOUR, 0 * alpha), COLOUR)


def test_the_reach_covers_the_window_of_every_network_that_ships() -> None:
    import golden
    from golden import networks
    from golden.pictures.transparency import REACH

    for path in networks.shipped():
        *convolutions, last = golden.load(path).layers
        window = sum(layer.weight.shape[-1] // 2 for layer in convolutions) + -(-last.weight.shape[-1] // (2 * last.stride))
        assert window <= REACH, path.stem


def test_reading_without_pillow_is_one_line_that_names_it(tmp_path, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImageError, match=r"needs Pillow"):
        photograph.read(tmp_path / "a.png")
