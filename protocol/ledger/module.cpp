#include "protocol/ledger/module.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/limits.hpp"
#include "protocol/ledger/core_module.hpp"

namespace troupe::ledger {

Modules::Modules() : modules_{std::make_shared<CoreModule>()} {}

Modules& Modules::add(std::shared_ptr<const Module> module) {
  INVARIANT(module->number() != kCoreModule && module->number() <= kModuleNumberMax);
  INVARIANT(find(module->number()) == nullptr);
  const auto at = std::find_if(modules_.begin(), modules_.end(), [&module](const auto& other) {
    return other->number() > module->number();
  });
  modules_.insert(at, std::move(module));
  return *this;
}

const Module* Modules::find(std::uint64_t number) const {
  for (const auto& module : modules_) {
    if (module->number() == number) return module.get();
  }
  return nullptr;
}

const Module* Modules::module_of(const Operation& operation) const {
  const auto* foreign = std::get_if<ModuleOperation>(&operation);
  return find(foreign == nullptr ? kCoreModule : foreign->module);
}

Result<Done, AdmissionError> Modules::check_stateless(const Transaction& transaction,
                                                      const crypto::Digest& chain) const {
  if (const auto envelope = check_envelope(transaction, chain); !envelope) return envelope;
  for (const Operation& operation : transaction.body().operations) {
    const Module* module = module_of(operation);
    if (module == nullptr) return failure(AdmissionError::UnknownModule);
    if (const auto checked = module->check(operation); !checked) return checked;
  }
  return check_signature(transaction);
}

}  // namespace troupe::ledger
