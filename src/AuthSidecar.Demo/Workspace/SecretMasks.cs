namespace AuthSidecar.Demo.Workspace;

/// <summary>Replaces secrets in all output.</summary>
internal sealed class SecretMasks
{
    private readonly List<KeyValuePair<string, string>> _masks = [];

    public void Add(string secret, string shown) => _masks.Add(new(secret, shown));

    public string Hide(string text) =>
        _masks.Aggregate(text, (hidden, mask) => hidden.Replace(mask.Key, mask.Value, StringComparison.Ordinal));
}
