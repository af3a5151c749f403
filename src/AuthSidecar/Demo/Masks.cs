namespace AuthSidecar.Demo;

/// <summary>Replaces secrets in everything that is shown.</summary>
internal sealed class Masks
{
    private readonly List<KeyValuePair<string, string>> _masks = [];

    public void Add(string secret, string shown) => _masks.Add(new(secret, shown));

    public string Hide(string text) => _masks.Aggregate(text, (hidden, mask) => hidden.Replace(mask.Key, mask.Value, StringComparison.Ordinal));
}
