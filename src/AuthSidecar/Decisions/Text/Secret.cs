namespace AuthSidecar.Decisions.Text;

/// <summary>
/// A setting that must never be shown. Its text leaves only through <see cref="Reveal"/>; logs, JSON and string interpolation get the mask.
/// </summary>
internal sealed class Secret : IEquatable<Secret>
{
    private readonly string _value;

    public Secret(string value, SecretSource source = SecretSource.PlainText)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        _value = value;
        Source = source;
    }

    public SecretSource Source { get; }

    public string Reveal() => _value;

    public override string ToString() => "********";

    public bool Equals(Secret? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Where a secret's text came from: only <see cref="PlainText"/> is worth a warning.</summary>
internal enum SecretSource
{
    PlainText,
    Environment,
    File,
    Generated,
}
