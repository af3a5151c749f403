namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Changes to the upstream request. A name is either set or removed: Envoy applies removals last.</summary>
internal sealed class UpstreamEdits
{
    private readonly List<KeyValuePair<string, string>> _set = [];
    private readonly List<string> _remove = [];
    private bool _isFrozen;

    /// <summary>Headers to overwrite, lower-case names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Set => _set;

    /// <summary>Headers to remove, all copies, lower-case names.</summary>
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

    /// <summary>Makes the edits immutable, so that requests can share them.</summary>
    public void Freeze() => _isFrozen = true;

    /// <summary>Gives back unused capacity, for edits that are kept.</summary>
    public void TrimExcess()
    {
        _set.TrimExcess();
        _remove.TrimExcess();
    }

    private void ThrowIfFrozen()
    {
        if (_isFrozen)
        {
            throw new InvalidOperationException("Shared edits are immutable.");
        }
    }
}
