"""The networks of the method: teacher, student and quantized student, and their losses."""
