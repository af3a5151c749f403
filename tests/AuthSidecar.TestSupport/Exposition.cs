using System.Globalization;
using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport;

/// <summary>A strict parser of the text format 0.0.4: anything that a scraper might reject is an error.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, double> _samples = [];

    public IReadOnlyDictionary<string, string> Types => _types;

    public Dictionary<string, string> Help { get; } = [];

    /// <summary>By name and labels, as written.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    public static Exposition Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var read = new Exposition();
        var current = "";
        foreach (var line in text.Split('\n')[..^1])
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                current = read.Begin(help.Groups[1].Value, current);
                Assert.True(read.Help.TryAdd(current, help.Groups[2].Value), $"Two HELP lines: {line}");
            }
            else if (TypeLine().Match(line) is { Success: true } type)
            {
                current = read.Begin(type.Groups[1].Value, current);
                Assert.True(read._types.TryAdd(current, type.Groups[2].Value), $"Two TYPE lines: {line}");
            }
            else
            {
                read.AddSample(line, current);
            }
        }

        read.CheckHistograms();
        return read;
    }

    // HELP and TYPE come in either order, both before the samples, and all lines of a family are in one group.
    private string Begin(string family, string current)
    {
        Assert.True(
            family == current
                ? !_samples.Keys.Any(sample => Family(sample) == family)
                : !_types.ContainsKey(family) && !Help.ContainsKey(family),
            $"Torn apart: {family}"
        );
        Assert.True(
            family == current || current.Length == 0 || (_types.ContainsKey(current) && Help.ContainsKey(current)),
            $"Not described: {current}"
        );
        return family;
    }

    private static string Family(string sample) => sample.Split('{')[0];

    private void AddSample(string line, string family)
    {
        var match = Sample().Match(line);
        Assert.True(match.Success, $"No sample: {line}");
        Assert.True(Help.ContainsKey(family), $"No HELP: {line}");

        // Braces without labels are equivalent to no braces.
        var (name, labels) = (match.Groups["name"].Value, match.Groups["labels"].Value is "{}" ? "" : match.Groups["labels"].Value);
        var expected = _types[family] == "histogram" ? [$"{family}_bucket", $"{family}_sum", $"{family}_count"] : new[] { family };
        Assert.Contains(name, expected);
        var names = Label().Matches(labels).Select(label => label.Groups[1].Value).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.Equal(name.EndsWith("_bucket", StringComparison.Ordinal) && _types[family] == "histogram", names.Contains("le"));
        var value = match.Groups["value"].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        Assert.True(
            _types[family] != "counter" || (value >= 0 && name.EndsWith("_total", StringComparison.Ordinal)),
            $"No counter: {line}"
        );
        Assert.True(_samples.TryAdd($"{name}{labels}", value), $"Twice: {line}");
    }

    private void CheckHistograms()
    {
        var buckets = _samples
            .Where(sample => sample.Key.Contains("le=\"", StringComparison.Ordinal))
            .GroupBy(sample => Bound().Replace(sample.Key, "").Replace("{}", "", StringComparison.Ordinal));
        foreach (var series in buckets)
        {
            var counts = series.Select(bucket => bucket.Value).ToList();
            var bounds = series
                .Select(bucket =>
                    Bound().Match(bucket.Key).Groups[1].Value is "+Inf"
                        ? double.PositiveInfinity
                        : double.Parse(Bound().Match(bucket.Key).Groups[1].Value, CultureInfo.InvariantCulture)
                )
                .ToList();
            Assert.Equal(counts.Order(), counts);
            Assert.Equal(bounds.Distinct().Order(), bounds);
            Assert.Equal(double.PositiveInfinity, bounds[^1]);
            Assert.Equal(counts[^1], _samples[series.Key.Replace("_bucket", "_count", StringComparison.Ordinal)]);
            Assert.Contains(series.Key.Replace("_bucket", "_sum", StringComparison.Ordinal), _samples.Keys);
        }
    }

    [GeneratedRegex(@"\A# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\n]|\\\\|\\n)*)\z")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"\A# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)\z")]
    private static partial Regex TypeLine();

    [GeneratedRegex(
        @"\A(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{(?:[a-zA-Z_][a-zA-Z0-9_]*=""(?:[^\\""\n]|\\\\|\\""|\\n)*"")(?:,[a-zA-Z_][a-zA-Z0-9_]*=""(?:[^\\""\n]|\\\\|\\""|\\n)*"")*\}|\{\})? (?<value>\S+)\z"
    )]
    private static partial Regex Sample();

    [GeneratedRegex(@"([a-zA-Z_][a-zA-Z0-9_]*)=""(?:[^\\""\n]|\\\\|\\""|\\n)*""")]
    private static partial Regex Label();

    [GeneratedRegex(@",?le=""([^""]*)""")]
    private static partial Regex Bound();
}
