namespace AuthSidecar.TestSupport.Corpus;

/// <summary>The deviations of one outcome.</summary>
internal sealed class Findings
{
    private readonly List<string> _lines = [];

    public bool Any => _lines.Count > 0;

    public void Add(string line) => _lines.Add(line);

    public void Unless(bool isRight, string line)
    {
        if (!isRight)
        {
            Add(line);
        }
    }

    public void Equal(string? expected, string? actual, string what) =>
        Unless(expected == actual, $"{what}: expected {Show(expected)}, got {Show(actual)}");

    public override string ToString() => string.Join('\n', _lines.Select(line => $"  - {line}"));

    private static string Show(string? text) => text is null ? "nothing" : $"\"{text}\"";
}
