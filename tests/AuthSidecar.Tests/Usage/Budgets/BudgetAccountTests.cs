using System.Runtime.CompilerServices;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;

namespace AuthSidecar.Tests.Usage.Budgets;

public sealed class BudgetAccountTests
{
    private const int Requests = 2000;

    private readonly BudgetAccount _account = new(new(BudgetScope.User, "ada", 202601));

    [Fact]
    public void EndedReservations_AreRemoved_AlsoBehindALongOne()
    {
        _account.Hold("a stream", micros: 7, end: 1);
        var ended = ComeAndGo();

        GC.Collect();

        Assert.InRange(ended.Count(id => id.IsAlive), 0, 100);
        Assert.Equal(7, _account.Reserved);
    }

    [Fact]
    public void ThoseThatLast_ExpireInTheirOrder_AlsoAfterManyHaveEnded()
    {
        for (var number = 0; number < Requests; number++)
        {
            _account.Hold($"{number}", micros: 1, end: number);
        }

        for (var number = 0; number < Requests; number++)
        {
            if (number % 10 != 0)
            {
                _account.End($"{number}", isPending: false);
            }
        }

        _account.Trim(Requests / 2);
        Assert.Equal((Requests / 20) - 1, _account.Reserved);
        _account.Trim(Requests);
        Assert.Equal((0, true), (_account.Reserved, _account.IsIdle));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<WeakReference> ComeAndGo()
    {
        var ended = new List<WeakReference>();
        for (var number = 0; number < Requests; number++)
        {
            var id = $"request {number}";
            ended.Add(new(id));
            _account.Hold(id, micros: 1, end: 2);
            _account.End(id, isPending: false);
        }

        return ended;
    }
}
