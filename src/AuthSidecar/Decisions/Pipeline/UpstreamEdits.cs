namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// What changes on the way to the upstream. A name is set or removed, never both: Envoy would remove what it has just set.
/// </summary>
internal sealed class UpstreamEdits
{
    private readonly List<KeyValuePair<string, string>> _set = [];
    private readonly List<string> _remove = [];
    private bool _isFrozen;

    /// <summary>Headers to overwrite, lower-case names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Set => _set;

    /// <summary>Headers to remove with every copy.</summary>
    public IReadOnlyList<string> Remove => _remove;

    /// <summary>A new request target with its query, or null.</summary>
    public string? Target { get; private set; }

    public void SetHeader(string name, string value)
    {
        ThrowIfFrozen();
        _remove.Remove(name);
        _set.RemoveAll(header => header.Key == name);
        _set.Add(new(name, value));
    }

    public void RemoveHeader(string name)
    {
        ThrowIfFrozen();
        if (!_remove.Contains(name) && !_set.Exists(header => header.Key == name))
        {
            _remove.Add(name);
        }
    }

    public void SetTarget(string target)
    {
        ThrowIfFrozen();
        Target = target;
    }

    /// <summary>From now on every change throws: the edits serve several requests.</summary>
    public void Freeze() => _isFrozen = true;

    private void ThrowIfFrozen()
    {
        if (_isFrozen)
        {
            throw new InvalidOperationException("Edits that serve several requests cannot change.");
        }
    }
}
