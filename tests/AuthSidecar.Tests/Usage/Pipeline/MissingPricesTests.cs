using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class MissingPricesTests
{
    private readonly RecordingLogger<MissingPrices> _log = new();
    private readonly MissingPrices _missing;

    public MissingPricesTests() => _missing = new(_log);

    [Fact]
    public void EachModel_IsNamedOnce_UntilPricesChange()
    {
        Note("p", "m", "m", "n");
        Note("p", "m");
        Assert.Equal(2, _log.Entries.Count);
        Assert.Equal(LogLevel.Warning, _log.Entries[0].Level);
        Assert.Contains("Model m of provider p", _log.Entries[0].Message, StringComparison.Ordinal);

        _missing.Forget();
        Note("p", "m");
        Assert.Equal(3, _log.Entries.Count);
    }

    [Fact]
    public void InventedNames_AreBounded()
    {
        Note("p", [.. Enumerable.Range(0, 5000).Select(number => $"{new string('x', 10_000)}{number}")]);

        Assert.Equal(257, _log.Entries.Count);
        Assert.All(_log.Entries, entry => Assert.InRange(entry.Message.Length, 1, 400));
    }

    [Fact]
    public void WhatHasAPrice_AndWhatIsNotCounted_IsNotNamed()
    {
        var changes = new UsageChanges();
        changes.Rows.Add((null, Row("p", "m", cost: 5)));
        changes.Rows.Add((null, Row(null, "m", cost: null)));
        changes.Rows.Add((null, Row("p", "m", cost: null, facts: UsageFacts.Ended)));
        changes.Rows.Add((null, Row("p", "m", cost: null, facts: UsageFacts.HasUsage)));
        _missing.Note(changes);

        Assert.Empty(_log.Entries);
    }

    private void Note(string provider, params string[] models)
    {
        var changes = new UsageChanges();
        changes.Rows.AddRange(models.Select(model => ((UsageRow?)null, Row(provider, model, cost: null))));
        _missing.Note(changes);
    }

    private static UsageRow Row(string? provider, string model, long? cost, UsageFacts facts = UsageFacts.Ended | UsageFacts.HasUsage) =>
        new()
        {
            DecisionId = "d",
            Provider = provider,
            Model = model,
            CostMicros = cost,
            Outcome = "complete",
            Facts = facts,
        };
}
