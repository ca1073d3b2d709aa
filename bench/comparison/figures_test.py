import unittest

from .figures import median, percentile, ratio, short, spread


class Figures(unittest.TestCase):
    def test_percentile_is_the_nearest_rank(self):
        values = [float(n) for n in range(1, 101)]
        self.assertEqual(percentile(values, 99), 99)
        self.assertEqual(percentile(values, 50), 50)
        self.assertEqual(percentile([7.0], 99), 7)

    def test_nothing_measured_is_nothing_and_not_zero(self):
        self.assertIsNone(median([]))
        self.assertIsNone(percentile([], 50))
        self.assertIsNone(ratio(1.0, None))
        self.assertIsNone(ratio(None, 1.0))
        self.assertIsNone(ratio(1.0, 0.0))
        self.assertEqual(short(None), "–")

    def test_figures_have_three_digits(self):
        self.assertEqual([short(value) for value in (0.01234, 1.234, 12.34, 123.4, 1234.0)],
                         ["0.0123", "1.23", "12.3", "123", "1234"])

    def test_spread_names_the_extremes(self):
        self.assertEqual(spread([3.0, 1.0, 2.0]), "2.00 (1.00–3.00)")
        self.assertEqual(spread([3.0]), "3.00")
