using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Model names in the daily sums. Clients choose model names, so the number of names is bounded: a name that no response confirms is left
/// out, and each caller has at most <see cref="Most"/> names a day; further ones are summed as <see cref="Other"/>. The usage row keeps the
/// original name.
/// </summary>
internal sealed class DayModels
{
    /// <summary>Names per caller, day and process.</summary>
    public const int Most = 100;

    public const string Other = "other";

    private const int MostRemembered = 500_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Day, string KeyId, string UserId), HashSet<string>> _names = [];
    private int _count;

    /// <returns>Empty when the row counts under no model.</returns>
    public static string NameOf(UsageRow row) =>
        row switch
        {
            { Model: null } => "",
            _ when !IsConfirmed(row) => "",
            _ when row.Facts.HasFlag(UsageFacts.IsOtherModel) => Other,
            _ => row.Model,
        };

    /// <summary>Marks a row whose caller has used up the names of that day.</summary>
    /// <returns>True when this call marked it.</returns>
    public bool Mark(UsageRow row)
    {
        if (row.Model is not { } model || row.Facts.HasFlag(UsageFacts.IsOtherModel) || !IsConfirmed(row))
        {
            return false;
        }

        lock (_lock)
        {
            if (_count >= MostRemembered)
            {
                _names.Clear();
                _count = 0;
            }

            var key = (UsageSums.DayOf(row.Time), row.KeyId ?? "", row.UserId ?? "");
            if (!_names.TryGetValue(key, out var names))
            {
                _names[key] = names = new(StringComparer.Ordinal);
            }

            if (names.Contains(model))
            {
                return false;
            }

            if (names.Count >= Most)
            {
                row.Facts |= UsageFacts.IsOtherModel;
                return true;
            }

            names.Add(model);
            _count++;
            return false;
        }
    }

    // A denial or an error does not confirm that the requested model exists.
    private static bool IsConfirmed(UsageRow row) =>
        row.Outcome != "denied"
        && (
            row.Facts.HasFlag(UsageFacts.HasUsage)
            || row.Outcome is "complete" or "no_usage" or "client_disconnect"
            || (row.Facts.HasFlag(UsageFacts.IsResponseModel) && row.Status is null or < UsageValues.FirstErrorStatus)
        );
}
