package metadata

import "encoding/binary"

// exifPrefix begins Exif data in a JPEG.
const exifPrefix = "Exif\x00\x00"

// Tags and types of TIFF 6.0, of which Exif is made.
const (
	tagOrientation = 0x0112
	typeShort      = 3
)

// maxExif bounds the Exif data that is looked at.
const maxExif = 64 << 10

// orientation reads the orientation from Exif data without its prefix: 1 to 8, and
// 1 where it says none.
func orientation(exif []byte) int {
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(exif[:2]) == "II" {
		order = binary.LittleEndian
	} else if string(exif[:2]) != "MM" {
		return 1
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return 1
	}
	n := uint64(order.Uint16(exif[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > uint64(len(exif)) {
			return 1
		}
		if order.Uint16(exif[e:]) != tagOrientation || order.Uint16(exif[e+2:]) != typeShort {
			continue
		}
		if o := int(order.Uint16(exif[e+8:])); o >= 1 && o <= 8 {
			return o
		}
		return 1
	}
	return 1
}

// turned is Exif data that says nothing but how the picture is to be turned.
func turned(orientation int) []byte {
	b := []byte("MM\x00*")
	b = binary.BigEndian.AppendUint32(b, 8) // where the only directory is
	b = binary.BigEndian.AppendUint16(b, 1) // with one entry
	b = binary.BigEndian.AppendUint16(b, tagOrientation)
	b = binary.BigEndian.AppendUint16(b, typeShort)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint16(b, uint16(orientation))
	b = binary.BigEndian.AppendUint16(b, 0)
	return binary.BigEndian.AppendUint32(b, 0) // and no other directory
}
