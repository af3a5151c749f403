using System.Security.Cryptography;

namespace AuthSidecar.Decisions.Text;

/// <summary>A secret setting. Only <see cref="Reveal"/> returns its text; logs, JSON and string interpolation get a mask.</summary>
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

    /// <summary>Path and error of a secret that a command could not read; its text is random and matches nothing.</summary>
    public string? Missing { get; private init; }

    /// <summary>Stands for a secret that cannot be read, for commands that may not need it.</summary>
    public static Secret OfMissing(string error) =>
        new(RandomNumberGenerator.GetHexString(64, lowercase: true), SecretSource.Generated) { Missing = error };

    public string Reveal() => _value;

    public override string ToString() => "********";

    public bool Equals(Secret? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Source of a secret. <see cref="PlainText"/> causes a warning.</summary>
internal enum SecretSource
{
    PlainText,
    Environment,
    File,
    Generated,
}
