using System.Text.Json;
using System.Text.Json.Serialization;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>The message of a webhook.</summary>
/// <param name="Type"><c>budget.warning</c> or <c>budget.exceeded</c>.</param>
/// <param name="Timestamp">Time of the event.</param>
/// <param name="Data">The budget and its spend.</param>
internal sealed record BudgetMessage(string Type, DateTime Timestamp, BudgetMessageData Data)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static byte[] Write(BudgetAlert alert) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new BudgetMessage(
                TypeOf(alert.Event),
                alert.At.UtcDateTime,
                new(
                    alert.Scope,
                    alert.SubjectId,
                    alert.SpenderId,
                    BudgetPeriods.Of(alert.PeriodId),
                    BudgetPeriods.StartOf(alert.PeriodId).UtcDateTime,
                    BudgetPeriods.EndOf(alert.PeriodId).UtcDateTime,
                    alert.LimitMicros,
                    alert.WarnMicros,
                    alert.SpentMicros
                )
            ),
            _json
        );

    public static string TypeOf(BudgetEvent kind) => kind == BudgetEvent.Warning ? "budget.warning" : "budget.exceeded";
}

/// <param name="Scope"><c>user</c>, <c>key</c>, <c>group</c> (each member's) or <c>shared</c> (of a group's members together).</param>
/// <param name="Subject">Id of the user, key line or group, or <c>ISSUER|SUB</c>.</param>
/// <param name="Spender">Of scope <c>group</c> the member; else the subject.</param>
/// <param name="Period"><c>month</c>, <c>week</c> or <c>day</c>.</param>
/// <param name="StartsAt">Beginning of the period.</param>
/// <param name="ResetsAt">Beginning of the next period.</param>
/// <param name="LimitMicroUsd">Millionths of a US dollar, as the others.</param>
/// <param name="WarnMicroUsd">Null: none.</param>
/// <param name="SpentMicroUsd">When the event was found.</param>
internal sealed record BudgetMessageData(
    BudgetScope Scope,
    string Subject,
    string Spender,
    BudgetPeriod Period,
    DateTime StartsAt,
    DateTime ResetsAt,
    long LimitMicroUsd,
    long? WarnMicroUsd,
    long SpentMicroUsd
);
