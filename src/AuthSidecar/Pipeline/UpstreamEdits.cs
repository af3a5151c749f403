namespace AuthSidecar.Pipeline;

/// <summary>What changes on the way to the upstream. A name is set or removed, never both: Envoy would remove what it has just set.</summary>
internal sealed class UpstreamEdits
{
    private readonly List<KeyValuePair<string, string>> _set = [];
    private readonly List<string> _remove = [];

    /// <summary>Headers to overwrite, lower-case names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Set => _set;

    /// <summary>Headers to remove with every copy.</summary>
    public IReadOnlyList<string> Remove => _remove;

    /// <summary>A new request target with its query, or null.</summary>
    public string? Target { get; private set; }

    /// <summary>True once these edits serve several requests; from then on they cannot change.</summary>
    public bool IsShared { get; private set; }

    /// <summary>What the edge keeps with shared edits so that it is made once.</summary>
    public object? Encoded { get; set; }

    public void SetHeader(string name, string value)
    {
        ThrowIfShared();
        _remove.Remove(name);
        _set.RemoveAll(header => header.Key == name);
        _set.Add(new(name, value));
    }

    public void RemoveHeader(string name)
    {
        ThrowIfShared();
        if (!_remove.Contains(name) && !_set.Exists(header => header.Key == name))
        {
            _remove.Add(name);
        }
    }

    public void SetTarget(string target)
    {
        ThrowIfShared();
        Target = target;
    }

    public void Share() => IsShared = true;

    private void ThrowIfShared()
    {
        if (IsShared)
        {
            throw new InvalidOperationException("Edits that serve several requests cannot change.");
        }
    }
}
