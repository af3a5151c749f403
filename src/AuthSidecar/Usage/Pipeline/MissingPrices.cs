namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Logs each used model without a price, once until prices change. Clients choose model names, so their number is bounded.
/// </summary>
internal sealed partial class MissingPrices(ILogger<MissingPrices> logger)
{
    private const int MostModels = 256;
    private const int LongestName = 128;

    private readonly Lock _lock = new();
    private readonly HashSet<(string Provider, string Model)> _known = [];

    public void Note(UsageChanges changes)
    {
        foreach (var (_, row) in changes.Rows)
        {
            if (UsageCost.IsUnpriced(row))
            {
                Note(row.Provider!, row.Model ?? "");
            }
        }
    }

    /// <summary>Logs each missing price again, after prices have changed.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _known.Clear();
        }
    }

    private void Note(string provider, string model)
    {
        var count = 0;
        lock (_lock)
        {
            if (_known.Count > MostModels || !_known.Add((provider, model)))
            {
                return;
            }

            count = _known.Count;
        }

        if (count > MostModels)
        {
            LogMore();
        }
        else
        {
            LogMissing(Cut(provider), Cut(model));
        }
    }

    private static string Cut(string name) => name.Length > LongestName ? name[..LongestName] : name;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Model {Model} of provider {Provider} has no price; its requests are charged an estimate to budgets, and have no "
            + "cost without one."
    )]
    private partial void LogMissing(string provider, string model);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Further models have no price; not listing them.")]
    private partial void LogMore();
}
