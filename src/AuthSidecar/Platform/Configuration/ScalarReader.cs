using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Reads single values. An invalid value is an error that names the valid ones.</summary>
/// <param name="references">Resolves references.</param>
/// <param name="problems">Collects the errors.</param>
/// <param name="defersSecrets">As <see cref="SettingsSource.DefersSecrets"/>.</param>
internal sealed class ScalarReader(References references, ConfigurationErrors problems, bool defersSecrets)
{
    private static readonly string[] _durationFormats =
    [
        @"hh\:mm\:ss",
        @"hh\:mm\:ss\.FFFFFFF",
        @"d\.hh\:mm\:ss",
        @"d\.hh\:mm\:ss\.FFFFFFF",
    ];

    /// <summary>Null: an empty text for an optional setting, or an error.</summary>
    public object? Read(ConfigNode node, SettingShape shape, SettingKey? key, string path)
    {
        if (node.Kind == JsonValueKind.Undefined)
        {
            // An override names a key below this one, which is an error already.
            return null;
        }

        if (node.Kind != JsonValueKind.String)
        {
            var value = Literal(node, shape, key?.Range);
            return value ?? Refuse(node, null, shape, key, path);
        }

        if (references.Resolve(node, path) is not { } resolved)
        {
            return shape.Kind == SettingKind.Secret ? Deferred(path) : null;
        }

        if (shape.Kind == SettingKind.Secret)
        {
            return Secret(resolved, key, path);
        }

        if (key is { IsNullable: true } && resolved.Text.Length == 0)
        {
            return null;
        }

        // Only the file distinguishes a number from a string of digits.
        var convert = resolved.Reference is not null || node.Origin is not null;
        return Text(resolved.Text, shape, key?.Range, convert) ?? Refuse(node, resolved, shape, key, path);
    }

    private Secret? Secret(ResolvedText resolved, SettingKey? key, string path)
    {
        if (resolved.Text.Length > 0)
        {
            if (resolved.Source == SecretSource.PlainText)
            {
                problems.Warn(path, "a secret in plain text; write env:NAME or file:PATH instead");
            }

            return new Secret(resolved.Text, resolved.Source);
        }

        if (resolved.Reference is not null)
        {
            problems.Error(path, $"{resolved.Reference} is empty, but must hold a secret");
            return Deferred(path);
        }

        if (key is null)
        {
            problems.Error(path, "an empty secret; fill it or remove it from the list");
        }

        return null;
    }

    private Secret? Deferred(string path) =>
        defersSecrets && !path.StartsWith("Store:", StringComparison.Ordinal)
            ? Decisions.Text.Secret.OfMissing(problems.Forgive(path))
            : null;

    private static object? Literal(ConfigNode node, SettingShape shape, RangeAttribute? range) =>
        (shape.Kind, node.Kind) switch
        {
            (SettingKind.Flag, JsonValueKind.True) => true,
            (SettingKind.Flag, JsonValueKind.False) => false,
            (SettingKind.Number, JsonValueKind.Number) => Number(node.Text, range),
            (SettingKind.Amount, JsonValueKind.Number) => Amount(node.Text, range),
            _ => null,
        };

    private static object? Text(string text, SettingShape shape, RangeAttribute? range, bool convert) =>
        shape.Kind switch
        {
            SettingKind.Text => text,
            SettingKind.Choice => shape.Choices.GetValueOrDefault(text),
            SettingKind.Duration => Duration(text, range),
            SettingKind.Number when convert => Number(text, range),
            SettingKind.Amount when convert => Amount(text, range),
            SettingKind.Flag when convert => bool.TryParse(text, out var flag) ? flag : null,
            _ => null,
        };

    private static int? Number(string text, RangeAttribute? range) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && (range is null || (number >= (int)range.Minimum && number <= (int)range.Maximum))
            ? number
            : null;

    // Amounts are stored in millionths.
    private static decimal? Amount(string text, RangeAttribute? range) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
        && decimal.Round(amount, 6) == amount
        && (range is null || (amount >= Bound(range.Minimum) && amount <= Bound(range.Maximum)))
            ? amount
            : null;

    private static decimal Bound(object text) => decimal.Parse((string)text, CultureInfo.InvariantCulture);

    private static TimeSpan? Duration(string text, RangeAttribute? range) =>
        TimeSpan.TryParseExact(text, _durationFormats, CultureInfo.InvariantCulture, out var duration)
        && (range is null || (duration >= Limit(range.Minimum) && duration <= Limit(range.Maximum)))
            ? duration
            : null;

    private static TimeSpan Limit(object text) => TimeSpan.Parse((string)text, CultureInfo.InvariantCulture);

    private object? Refuse(ConfigNode node, ResolvedText? resolved, SettingShape shape, SettingKey? key, string path)
    {
        var actual = (node.Kind, shape.Kind) switch
        {
            (JsonValueKind.Null, _) when key is not null => "null; leave the key out for its default",
            (JsonValueKind.Number, not SettingKind.Secret) => node.Text,
            (JsonValueKind.String, _) => problems.Quote(resolved!.Text),
            _ => node.KindName,
        };
        var hint =
            shape.Kind == SettingKind.Choice && resolved is { Reference: null } ? NearestName.Guess(resolved.Text, shape.Choices.Keys) : "";
        problems.Error(path, $"must be {Expected(shape, key?.Range)}, not {actual}{hint}{ConfigurationErrors.SetBy(node.Origin)}");
        return null;
    }

    private static string Expected(SettingShape shape, RangeAttribute? range) =>
        shape.Kind switch
        {
            SettingKind.Flag => "true or false",
            SettingKind.Number => $"a whole number{Bounds(range)}",
            SettingKind.Amount => $"an amount{Bounds(range)} with up to six decimals",
            SettingKind.Duration => $"a duration \"[days.]hh:mm:ss[.fff]\"{Bounds(range)}, e.g. \"00:01:00\"",
            SettingKind.Choice => $"one of {string.Join(", ", shape.Choices.Keys)}",
            _ => "a string",
        };

    private static string Bounds(RangeAttribute? range) =>
        range switch
        {
            null => "",
            { Maximum: int.MaxValue } => $" of at least {range.Minimum}",
            _ => $" from {range.Minimum} to {range.Maximum}",
        };
}
